"""Words the reasons of a score: columns, acts, members and telling words, each something that a person can check."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.contract import FileType, Role
from model.contract import FloorResult
from model.mark_meanings import mark_meaning, mark_severity
from model.members import FILE_TYPES, ROLES, Floats, Members, mark_hash
from model.words import UNNAMED

MAX_REASONS = 8
"""Most reasons for one score."""

MARKS_NAMED = 3
"""Most acts of a member that a reason names."""

SEVERITY_SHARE = 0.2
"""Log-odds for each step of a mark's severity, from 0 to 10, when acts are ordered for a person."""
GRAVE = 6.0
"""Severity from which an act is named whatever it contributes."""

REASON_TYPE = pa.struct(
    [
        pa.field("column", pa.string()),
        pa.field("meaning", pa.string()),
        pa.field("value", pa.float64()),
        pa.field("contribution", pa.float64()),
    ]
)

FLOOR_COLUMN = "floor_"
"""Prefix of the `column` of a reason that is a floor."""
MEMBER_COLUMN = "members"
"""The `column` of a reason that is what a single file does."""

_PATH_MARKS = frozenset(("auxiliary_path", "known_code"))
_ROLE_WORDS = {Role.INSTALL: "runs at install or at every start", Role.IMPORT: "runs on import", Role.REST: ""}
_TYPE_WORDS = {
    FileType.PYTHON: "Python file",
    FileType.PTH: "start-up file",
    FileType.NATIVE: "native file",
    FileType.BYTECODE: "compiled file",
    FileType.ARCHIVE: "archive",
    FileType.BINARY: "binary file",
    FileType.METADATA: "metadata file",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a score: a column, its meaning and value (None for none), and its contribution in log-odds."""

    column: str
    meaning: str
    value: float | None
    contribution: float


def strongest(reasons: Iterable[Reason], most: int = MAX_REASONS) -> list[Reason]:
    """Return the reasons with the greatest contribution, all of them positive, after those of floors."""
    listed = [reason for reason in reasons if reason.contribution > 0 or reason.column.startswith(FLOOR_COLUMN)]
    # Words that cannot be shown are no reason beside one that can be checked.
    listed = [reason for reason in listed if reason.meaning != UNNAMED] or listed
    listed.sort(key=lambda reason: (not reason.column.startswith(FLOOR_COLUMN), -reason.contribution))
    return listed[:most]


def floor_reasons(acts: Iterable[FloorResult], raised: float) -> list[Reason]:
    """Return a reason for each floor that a row reaches; all share what they `raised` its log-odds by."""
    return [Reason(f"{FLOOR_COLUMN}{act.id}", act.meaning, None, raised) for act in acts]


def column_reasons(
    contributions: Floats, values: Floats, names: Sequence[str], meaning: Callable[[int], str]
) -> list[Reason]:
    """Return reasons for the columns that contribute most to one row; `meaning` words a column by its place."""
    top = np.argsort(-contributions, kind="stable")[:MAX_REASONS]
    return [
        Reason(
            names[place],
            meaning(int(place)),
            None if np.isnan(values[place]) else float(values[place]),
            float(contributions[place]),
        )
        for place in top.tolist()
        if contributions[place] > 0
    ]


def member_words(members: Members, place: int, contributions: Floats, marks: Sequence[str]) -> str:
    """Return what a member is and the acts of it that weigh most, such as "a start-up file that ...; ...".

    `contributions` has one value for each of `marks`. Of two marks that always come together a learner needs one, so
    severity counts too. A member whose marks weigh nothing is named by its type.
    """
    kind = FILE_TYPES[members.file_type[place]] if members.file_type[place] >= 0 else ""
    role = ROLES[members.role[place]] if members.role[place] >= 0 else ""
    word = _TYPE_WORDS.get(FileType(kind), "file") if kind else "file"
    when = _ROLE_WORDS.get(Role(role), "") if role else ""
    severity = np.array([mark_severity(mark) for mark in marks])
    weight = contributions + SEVERITY_SHARE * severity if len(marks) else contributions
    telling = [number for number in range(len(marks)) if contributions[number] > 0 or severity[number] >= GRAVE]
    acts = [mark_meaning(marks[number]) for number in sorted(telling, key=lambda n: -weight[n])[:MARKS_NAMED]]
    clauses = [clause for clause in (when, *dict.fromkeys(acts)) if clause]
    return f"{word} that {'; '.join(clauses)}" if clauses else word


def mark_names(members: Members, place: int, known: Sequence[str]) -> list[str]:
    """Return which of the known marks a member has, without those of its path."""
    present = set(members.marks[place].indices.tolist())
    return [mark for mark in known if mark not in _PATH_MARKS and mark_hash(mark) in present]


def reasons_array(rows: Sequence[Sequence[Reason]]) -> pa.Array:
    """Return the reasons of each row as an Arrow array of lists of `REASON_TYPE`."""
    flat = [reason for row in rows for reason in row]
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)]).astype(np.int32)
    structs = pa.StructArray.from_arrays(
        [
            pa.array([reason.column for reason in flat], pa.string()),
            pa.array([reason.meaning for reason in flat], pa.string()),
            pa.array([reason.value for reason in flat], pa.float64()),
            pa.array([reason.contribution for reason in flat], pa.float64()),
        ],
        fields=list(REASON_TYPE),
    )
    return pa.ListArray.from_arrays(pa.array(offsets), structs)
