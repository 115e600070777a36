"""Reads, writes and weighs labelled rows: a feature table with labels, campaigns and splits."""

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
from model.errors import TrainingDataError
from model.frame import TOKENS_COLUMN, Frame, Mask, TrainingSet, feature_names, table_frame
from model.members import MEMBERS_COLUMN, Index, slim_table
from model.registry import Weighting

LABEL_COLUMNS = ("label", "sha256", "campaign", "first_seen", "stratum", "split")
"""Columns that labelled rows must have in addition to the feature schema."""

VARIANT = "variant"
"""Stratum of training rows that were made from other rows, and split of the sets that only an evaluation scores."""

IDENTITY_COLUMNS = ("project", "version", "filename", "kind", "sha256", "size", "status")
"""Identity columns that ship with labelled rows. Evidence does not ship, because it quotes other people's code."""

Strings = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """Readable labelled rows; every array has shape (n,).

    `labels` is 1 for malware. `groups` holds a code for the campaign of each malicious row and the project of each
    benign one: rows of one group must never be on both sides of a split. `first_seen` is datetime64[D], NaT where
    unknown. `digest` is over everything that training depends on.
    """

    frame: Frame
    labels: npt.NDArray[np.int8]
    groups: Index
    first_seen: npt.NDArray[np.datetime64]
    stratum: Strings
    split: Strings
    kind: Strings
    payload: Strings
    campaign: Strings
    filename: Strings
    sha256: Strings
    size: Index
    schema: pa.Schema
    digest: str

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def malicious(self) -> Mask:
        """Mask of the rows that are malware."""
        return np.asarray(self.labels == 1)

    @property
    def variant(self) -> Mask:
        """Mask of the rows that were made from other rows and were never uploaded."""
        return np.asarray((self.stratum == VARIANT) | (self.split == VARIANT))


def read_rows(path: Path) -> LabelledRows:
    """Return the readable rows of a Parquet file or folder; raises TrainingDataError for anything else."""
    if not path.exists():
        raise TrainingDataError(f"{path} does not exist")
    return parse_rows(pyarrow.dataset.dataset(path, format="parquet").to_table())


def parse_rows(table: pa.Table) -> LabelledRows:
    """Return the readable labelled rows of a table, sorted by digest so that file order does not matter.

    Raises TrainingDataError where a label column is missing or no column is a feature.
    """
    missing = [name for name in LABEL_COLUMNS if name not in table.column_names]
    if missing:
        raise TrainingDataError(f"columns missing: {', '.join(missing)}")
    columns = feature_names(table.schema)
    if not columns:
        raise TrainingDataError("no column has a meaning in its metadata, so none is known to be a feature")
    table = table.filter(pc.and_(pc.not_equal(table["status"], "unreadable"), pc.is_valid(table["label"])))
    table = table.sort_by([("sha256", "ascending"), ("filename", "ascending")])
    labels = table["label"].to_numpy().astype(np.int8)
    campaign, project = column_strings(table, "campaign"), column_strings(table, "project")
    group = np.where(labels == 1, "campaign/" + campaign, "project/" + project)
    frame = table_frame(table, columns)
    first_seen = table["first_seen"].cast(pa.date32()) if table.num_rows else pa.chunked_array([], pa.date32())
    return LabelledRows(
        frame=frame,
        labels=labels,
        groups=np.unique(group.astype(str), return_inverse=True)[1].astype(np.int64),
        first_seen=first_seen.to_numpy(zero_copy_only=False).astype("datetime64[D]"),
        stratum=column_strings(table, "stratum"),
        split=column_strings(table, "split"),
        kind=column_strings(table, "kind"),
        payload=column_strings(table, "payload_loc"),
        campaign=campaign,
        filename=column_strings(table, "filename"),
        sha256=column_strings(table, "sha256"),
        size=table["size"].to_numpy().astype(np.int64),
        schema=table.schema,
        digest=_digest(frame, labels, table),
    )


def write_rows(table: pa.Table, path: Path) -> None:
    """Write the columns that training needs of a labelled feature table, compressed for shipping, atomically."""
    features = feature_names(table.schema)
    labels = ("label", "campaign", "cluster", "first_seen", "stratum", "split", "payload_loc")
    present = set(table.column_names)
    kept = [name for name in (*IDENTITY_COLUMNS, *features, TOKENS_COLUMN, MEMBERS_COLUMN, *labels) if name in present]
    slim = slim_table(table).select(kept)
    if "campaign" in kept:
        # Near-duplicates of one campaign compress well when they are neighbours.
        slim = slim.sort_by([("campaign", "ascending"), ("project", "ascending"), ("sha256", "ascending")])
    with open_temporary(path) as temporary:
        pq.write_table(
            slim,
            temporary,
            compression="zstd",
            compression_level=19,
            use_dictionary=[path for path in parquet_leaves(slim.schema) if path != f"{TOKENS_COLUMN}.list.element"],
            column_encoding={f"{TOKENS_COLUMN}.list.element": "DELTA_BINARY_PACKED"},
        )


def parquet_leaves(schema: pa.Schema) -> list[str]:
    """Return the paths of the columns that Parquet stores for the fields of a schema."""
    with pa.BufferOutputStream() as stream:
        pq.write_table(schema.empty_table(), stream)
        stored = pq.ParquetFile(pa.BufferReader(stream.getvalue())).schema
    return [stored.column(number).path for number in range(len(stored.names))]


def training_set(rows: LabelledRows, index: Index, weighting: Weighting, seed: int) -> TrainingSet:
    """Return the rows of an index as a training set: capped by campaign, with weights whose mean is one.

    Variants are capped like their campaign and do not make it heavier. Together they have the share of its weight
    that they have of its rows, at most `weighting.variants`. Raises TrainingDataError where a class has fewer than
    two campaigns or projects.
    """
    if not weighting.variants:
        index = index[~rows.variant[index]]
    kept = _capped(rows, index, weighting.cap, seed)
    labels, codes = rows.labels[kept], rows.groups[kept]
    for label, name in ((1, "malicious"), (0, "benign")):
        if len(np.unique(codes[labels == label])) < 2:
            raise TrainingDataError(f"fewer than two {name} campaigns or projects to learn from")
    count = int(rows.groups.max()) + 1
    genuine = np.maximum(np.bincount(rows.groups[index[~rows.variant[index]]], minlength=count), 1)
    sharing = _rows_sharing(codes, rows.variant[kept], count, weighting.variants)
    weights = _weights(genuine[codes], sharing, labels, weighting.power)
    return TrainingSet(rows.frame.take(kept), labels, weights, codes)


def _capped(rows: LabelledRows, index: Index, cap: int, seed: int) -> Index:
    """Return the index with at most `cap` genuine rows and `cap` variants of each group, drawn at random."""
    shuffled = np.random.default_rng(seed).permutation(index)
    parts = 2 * rows.groups[shuffled] + rows.variant[shuffled]
    order = np.argsort(parts, kind="stable")
    starts = np.flatnonzero(np.diff(parts[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    rank = np.arange(len(order)) - np.repeat(starts, sizes)
    return np.asarray(np.sort(shuffled[order[rank < cap]]))


def _rows_sharing(codes: Index, variant: Mask, count: int, most: float) -> npt.NDArray[np.float64]:
    """Return for each row the number of rows that its group's weight is divided by, shape (n,).

    Genuine rows and variants divide their own share of the weight; that of the variants is at most `most`.
    """
    total = np.bincount(codes, minlength=count)
    variants = np.bincount(codes, weights=variant, minlength=count)
    share = np.minimum(variants / np.maximum(total, 1), most)
    rows_of_kind = np.where(variant, variants[codes], (total - variants)[codes])
    share_of_kind = np.where(variant, share[codes], 1 - share[codes])
    return np.asarray(rows_of_kind / share_of_kind)


def _weights(
    sizes: npt.NDArray[np.int64], sharing: npt.NDArray[np.float64], labels: npt.NDArray[np.int8], power: float
) -> npt.NDArray[np.float64]:
    """Return weights (n,) where a group of `sizes` rows weighs size ** power, and both classes weigh the same.

    Each row has one part in `sharing` of its group's weight.
    """
    weights = sizes.astype(np.float64) ** power / sharing
    for label in (0, 1):
        mask = labels == label
        weights[mask] *= len(labels) / 2 / weights[mask].sum()
    return weights


def column_strings(table: pa.Table, name: str) -> Strings:
    """Return a column as strings, "" for null and for every row where the column is missing."""
    if name not in table.column_names:
        return np.full(table.num_rows, "", dtype=object)
    column = pc.fill_null(pc.cast(table[name], pa.string()), "")
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=object)


def _digest(frame: Frame, labels: npt.NDArray[np.int8], table: pa.Table) -> str:
    """Return 32 hex digits over everything that training depends on: values, tokens, labels, groups and splits."""
    digest = hashlib.blake2b(digest_size=16)
    for array in (labels, frame.dense, frame.tokens.indptr, frame.tokens.indices):
        digest.update(np.ascontiguousarray(array).tobytes())
    if (members := frame.members) is not None:
        marks = members.marks
        for array in (marks.indptr, marks.indices, marks.data, members.starts, members.role, members.file_type):
            digest.update(np.ascontiguousarray(array).tobytes())
        digest.update(np.ascontiguousarray(members.numbers).tobytes())
    for name in ("sha256", "campaign", "split"):
        digest.update("\n".join(column_strings(table, name)).encode())
    # Variants have weights of their own. Rows without any keep the digest that shipped cards name.
    digest.update(np.flatnonzero(column_strings(table, "stratum") == VARIANT).tobytes())
    return digest.hexdigest()
