"""Indexes the contents of members over the whole mirror: which project has which, and in which rows of a part.

Each feature part has one small file of its own in the index, made when the part is new, so that a question about a
content reads some bytes for each distinct content of a project and no feature row.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.contract import FileType
from features.packaging.names import normalise
from jobs.changes.ragged import Ints, flatten, share_codes, texts, to_ints, whole
from jobs.store.part_files import list_entries, write_part
from jobs.store.part_store import PartStore
from jobs.store.quarantine import read_or_quarantine

FOLDER = "members"
"""Folder of the index in the change store."""
SMALLEST = 128
"""Bytes of the smallest content that is indexed: empty and nearly empty files are alike everywhere."""
INDEX = pa.schema(
    [
        pa.field("project", pa.string()),
        pa.field("digest", pa.uint64()),
        pa.field("first", pa.int32()),
        pa.field("last", pa.int32()),
    ]
)
"""A content (the first 8 bytes of its digest) of a project, and the first and last row of the part that have it.

The rows of a project stand in the order of its releases, so that those between mostly have it too."""

_LEFT_OUT = (FileType.METADATA.value, FileType.EMPTY.value)


def index_file(changes: PartStore, part: Path) -> Path:
    """Return the file of the index for a feature part."""
    return changes.root / FOLDER / part.name


def unindexed_parts(features: PartStore, changes: PartStore) -> list[Path]:
    """Return the feature parts that have no file in the index."""
    there = {entry.name for entry in list_entries(changes.root / FOLDER, "")}
    return [part for part in features.parts() if part.name not in there]


@dataclass(frozen=True, slots=True)
class IndexMembers:
    """The task of a worker over some feature parts: write the file of each into the folder of the index."""

    folder: Path

    def __call__(self, parts: Iterable[Path]) -> int:
        """Return the number of parts; raises StoreBrokenError if a part is damaged, after moving it aside."""
        count = 0
        for part in parts:
            write_part(self.folder, part.name, index_members(read_or_quarantine(part, ["project", "members"])))
            count += 1
        return count


def index_members(rows: pa.Table) -> pa.Table:
    """Return the index of a part with the columns project and members."""
    members = flatten(rows.column("members"))
    kept = (to_ints(members.field("size")) >= SMALLEST) & ~np.isin(members.field("file_type").to_pylist(), _LEFT_OUT)
    members = members.filter(kept)
    names = texts(whole(rows.column("project")))
    normal = pa.array([normalise(name) for name in names.to_pylist()], pa.string())
    projects, _, project_names = share_codes(normal.take(pa.array(members.rows)), normal.slice(0, 0))
    digests = digest_numbers(members.field("digest"))
    order = np.lexsort((members.rows, digests, projects))
    of_order = projects[order], digests[order]
    is_first = np.ones(len(order), bool)
    is_first[1:] = (of_order[0][1:] != of_order[0][:-1]) | (of_order[1][1:] != of_order[1][:-1])
    first = np.flatnonzero(is_first)
    last = np.append(first[1:], len(order))[: len(first)] - 1
    rows_in_order: Ints = members.rows[order]
    return pa.table(
        [
            project_names.take(pa.array(of_order[0][first])),
            pa.array(of_order[1][first]),
            pa.array(rows_in_order[first].astype(np.int32)),
            pa.array(rows_in_order[last].astype(np.int32)),
        ],
        schema=INDEX,
    )


def digest_numbers(digests: pa.Array) -> npt.NDArray[np.uint64]:
    """Return the first 8 bytes of each digest (binary(16), none null) as a number."""
    if not len(digests):
        return np.empty(0, np.uint64)
    joined = b"".join(digests.to_pylist())
    return np.frombuffer(joined, "<u8").reshape(-1, 2)[:, 0].copy()
