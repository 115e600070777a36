"""Reads and writes labelled changes: honest consecutive releases, and releases with a payload put in."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset
import pyarrow.parquet as pq

from features.runtime.atomic_write import open_temporary
from model.change.contract import ChangeTraining
from model.change.frame import (
    CHANGED_COLUMN,
    DIFFERENCES_COLUMN,
    ChangeFrame,
    change_columns,
    change_frame,
    difference_names,
    payload_mask,
    slim_changed,
)
from model.errors import TrainingDataError
from model.frame import Mask
from model.members import Index
from model.rows import Strings, column_strings, parquet_leaves

LABEL_COLUMNS = ("label", "family", "host_project", "stratum", "split", "sha256")
"""Columns that labelled changes must have in addition to those of a change table."""

OPTIONAL_COLUMNS = ("place", "trigger", "dress", "act", "donor", "kind", "size", "base_kind")
"""Further columns of labelled changes that ship, by which an evaluation is sliced."""

PAYLOAD_MEMBER = "payload_member"
"""Path of the member that holds the payload, "" for none; it is written as a mark of that member and does not ship."""

MOST_HONEST = 5
"""Honest artifacts of one project that ship, with all of their bases: more of them teach little."""
LISTED = "honest"
"""Family of a listed honest release; honest releases that were built to be misleading have other names."""

BLIND = "blind"
"""Split of families that are for measuring alone: no fit takes them, not even the one that ships."""

DECIMALS = 2
"""Significant decimal places of a shipped difference."""


@dataclass(frozen=True, slots=True)
class LabelledChanges:
    """Labelled changes; every array has shape (n,).

    `labels` is 1 where a payload was put in. `payload` marks the members that hold one. `project` is the host, and
    `groups` holds a code for the family of each payload and the project of each honest change.
    """

    frame: ChangeFrame
    labels: npt.NDArray[np.int8]
    payload: Mask
    groups: Index
    project: Strings
    family: Strings
    place: Strings
    trigger: Strings
    dress: Strings
    donor: Strings
    stratum: Strings
    split: Strings
    kind: Strings
    base_kind: Strings
    sha256: Strings
    size: Index
    schema: pa.Schema
    digest: str

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def malicious(self) -> Mask:
        """Mask of the releases that hold a payload."""
        return np.asarray(self.labels == 1)


def read_changes(path: Path) -> LabelledChanges:
    """Return the labelled changes of a Parquet file or folder; raises TrainingDataError for anything else."""
    if not path.exists():
        raise TrainingDataError(f"{path} does not exist")
    return parse_changes(pyarrow.dataset.dataset(path, format="parquet").to_table())


def parse_changes(table: pa.Table) -> LabelledChanges:
    """Return the labelled changes of a table, in an order that does not depend on the file's.

    Raises TrainingDataError where a column is missing.
    """
    missing = [name for name in LABEL_COLUMNS if name not in table.column_names]
    if missing:
        raise TrainingDataError(f"columns of labelled changes missing: {', '.join(missing)}")
    columns = change_columns(table.schema)
    if not columns:
        raise TrainingDataError("no column of the changes has a meaning in its metadata")
    table = table.filter(pc.is_valid(table["label"]))
    keys = [name for name in ("sha256", "base_kind", "family") if name in table.column_names]
    table = table.sort_by([(name, "ascending") for name in keys])
    labels = table["label"].to_numpy().astype(np.int8)
    frame = change_frame(table, columns, difference_names(table))
    text = {name: column_strings(table, name) for name in (*LABEL_COLUMNS[1:], *OPTIONAL_COLUMNS)}
    group = np.where(labels == 1, "family/" + text["family"], "project/" + text["host_project"])
    sizes = table["size"].fill_null(0).to_numpy() if "size" in table.column_names else np.zeros(len(table))
    return LabelledChanges(
        frame=frame,
        labels=labels,
        payload=payload_mask(table.column(CHANGED_COLUMN), frame.members) & (labels == 1)[frame.members.rows],
        groups=np.unique(group.astype(str), return_inverse=True)[1].astype(np.int64),
        project=text["host_project"],
        family=text["family"],
        place=text["place"],
        trigger=text["trigger"],
        dress=text["dress"],
        donor=text["donor"],
        stratum=text["stratum"],
        split=text["split"],
        kind=text["kind"],
        base_kind=text["base_kind"],
        sha256=text["sha256"],
        size=sizes.astype(np.int64),
        schema=table.schema,
        digest=_digest(frame, labels, table),
    )


def write_changes(table: pa.Table, path: Path) -> None:
    """Write what training needs of a labelled change table, compressed for shipping, atomically.

    Nothing that quotes a package is written: no path, no host, no place. Members say themselves whether they hold the
    payload, or `PAYLOAD_MEMBER` names the one of each row that does. Of the listed honest artifacts of a project at
    most `MOST_HONEST` are written, those of the smallest digests.
    """
    table = _capped(table)
    present = set(table.column_names)
    features = change_columns(table.schema)
    wanted = (*LABEL_COLUMNS, *OPTIONAL_COLUMNS, *features, DIFFERENCES_COLUMN, CHANGED_COLUMN)
    payload = table[PAYLOAD_MEMBER].to_pylist() if PAYLOAD_MEMBER in present else None
    changed = slim_changed(table.column(CHANGED_COLUMN), payload)
    at = table.column_names.index(CHANGED_COLUMN)
    table = table.set_column(at, pa.field(CHANGED_COLUMN, changed.type), changed)
    differences = rounded_differences(table.column(DIFFERENCES_COLUMN))
    at = table.column_names.index(DIFFERENCES_COLUMN)
    table = table.set_column(at, pa.field(DIFFERENCES_COLUMN, differences.type), differences)
    slim = table.select([name for name in wanted if name in present])
    slim = slim.sort_by([("host_project", "ascending"), ("sha256", "ascending")])
    with open_temporary(path) as temporary:
        pq.write_table(
            slim, temporary, compression="zstd", compression_level=19, use_dictionary=parquet_leaves(slim.schema)
        )


def _capped(table: pa.Table) -> pa.Table:
    """Return a table with at most `MOST_HONEST` listed honest artifacts of each project."""
    names = ("label", "family", "host_project", "sha256")
    rows = list(zip(*(table.column(name).to_pylist() for name in names), strict=True))
    kept: dict[str, set[str]] = {}
    for label, family, project, sha256 in sorted(rows, key=lambda row: row[3]):
        chosen = kept.setdefault(project, set())
        if not label and family in ("", LISTED) and len(chosen) < MOST_HONEST:
            chosen.add(sha256)
    mask = [bool(row[0]) or row[1] not in ("", LISTED) or row[3] in kept[row[2]] for row in rows]
    return table.filter(pa.array(mask, pa.bool_()))


def rounded_differences(column: pa.ChunkedArray) -> pa.MapArray:
    """Return maps with values of few digits, which compress to half: no learner asks for the fifth digit."""
    chunk = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    values = chunk.items.fill_null(0.0).to_numpy(zero_copy_only=False).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 10.0 ** (DECIMALS - 1 - np.floor(np.log10(np.abs(values))))
        kept = np.where((values == 0) | ~np.isfinite(values), values, np.round(values * scale) / scale)
    items = pa.array(kept.astype(np.float32), pa.float32())
    keys = chunk.keys.cast(pa.string())
    return pa.MapArray.from_arrays(chunk.offsets, keys, items)


def change_training(rows: LabelledChanges, index: Index, power: float = 0.5) -> ChangeTraining:
    """Return the rows of an index as a training set: families and projects of n rows weigh n ** power.

    Both labels have the same total weight. Raises TrainingDataError where a label has fewer than two groups, and for
    rows of the split `BLIND`.
    """
    require_learnable(rows.split[index])
    labels, groups = rows.labels[index], rows.groups[index]
    for label, name in ((1, "families of payloads"), (0, "honest projects")):
        if len(np.unique(groups[labels == label])) < 2:
            raise TrainingDataError(f"fewer than two {name} to learn changes from")
    sizes = np.bincount(groups)[groups].astype(np.float64)
    weights = sizes ** (power - 1)
    for label in (0, 1):
        weights[labels == label] *= len(labels) / 2 / weights[labels == label].sum()
    whole = ChangeTraining(rows.frame, rows.labels, np.ones(len(rows)), rows.groups, rows.payload)
    part = whole.take(index)
    return ChangeTraining(part.frame, labels, weights, groups, part.payload)


def require_learnable(splits: Strings) -> None:
    """Raise TrainingDataError where rows are of the split `BLIND`."""
    if count := int((splits == BLIND).sum()):
        raise TrainingDataError(f"{count:,} rows are of the split {BLIND}, which is for measuring alone")


def require_learnable_file(path: Path) -> None:
    """Raise TrainingDataError where a file of changes holds rows of `BLIND`; a file of another form passes."""
    if path.exists():
        changes = pyarrow.dataset.dataset(path, format="parquet")
        if "split" in changes.schema.names:
            require_learnable(column_strings(changes.to_table(columns=["split"]), "split"))


def _digest(frame: ChangeFrame, labels: npt.NDArray[np.int8], table: pa.Table) -> str:
    """Return 32 hex digits over everything that training depends on."""
    digest = hashlib.blake2b(digest_size=16)
    members = frame.members
    digest.update(repr((frame.columns, frame.names)).encode())
    sparse = [frame.differences, members.marks]
    sparse += [members.known_marks] if members.known_marks is not None else []
    arrays = [labels, frame.dense, members.starts, members.role, members.file_type, members.numbers]
    for array in (*arrays, *(part for matrix in sparse for part in (matrix.indptr, matrix.indices, matrix.data))):
        digest.update(np.ascontiguousarray(array).tobytes())
    for name in LABEL_COLUMNS[1:]:
        digest.update("\n".join(column_strings(table, name)).encode())
    return digest.hexdigest()
