"""Training rows: a feature table with labels, read once and cut in many ways."""

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
from model.frame import TOKENS_COLUMN, Frame, Index, Mask, TrainingSet, feature_names, table_frame
from model.registry import Weighting

LABEL_COLUMNS = ("label", "sha256", "campaign", "first_seen", "stratum", "split")
"""Columns that training rows have beside those of the feature schema, and must."""

VARIANT = "variant"
"""Stratum of training rows made of other rows, and split of the sets that only an evaluation asks about."""

IDENTITY_COLUMNS = ("project", "version", "filename", "kind", "sha256", "size", "status")
"""Identity that ships with training rows; evidence does not, because it quotes other people's code."""

Strings = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """Readable training rows; every array has one entry a row.

    `labels` is 1 for malware. `groups` is the campaign of malware and the project of anything else, in codes:
    what must never stand on both sides of a split. `first_seen` is datetime64[D], NaT where unknown.
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
        """Rows that are malware."""
        return np.asarray(self.labels == 1)

    @property
    def made(self) -> Mask:
        """Rows that somebody made of others, and that nobody has seen uploaded."""
        return np.asarray((self.stratum == VARIANT) | (self.split == VARIANT))


def read_rows(path: Path) -> LabelledRows:
    """Return the readable rows of a Parquet file or folder; raises TrainingDataError for anything else."""
    if not path.exists():
        raise TrainingDataError(f"{path} does not exist")
    table = pyarrow.dataset.dataset(path, format="parquet").to_table()
    return parse_rows(table)


def parse_rows(table: pa.Table) -> LabelledRows:
    """Return the readable rows of a table with labels, sorted by digest: file order does not matter."""
    missing = [name for name in LABEL_COLUMNS if name not in table.column_names]
    if missing:
        raise TrainingDataError(f"columns missing: {', '.join(missing)}")
    columns = feature_names(table.schema)
    if not columns:
        raise TrainingDataError("no column says what it means, so none is known to be a feature")
    table = table.filter(pc.and_(pc.not_equal(table["status"], "unreadable"), pc.is_valid(table["label"])))
    table = table.sort_by([("sha256", "ascending"), ("filename", "ascending")])
    labels = table["label"].to_numpy().astype(np.int8)
    campaign, project = _names(table, "campaign"), _names(table, "project")
    group = np.where(labels == 1, "campaign/" + campaign, "project/" + project)
    frame = table_frame(table, columns)
    first_seen = table["first_seen"].cast(pa.date32()) if table.num_rows else pa.chunked_array([], pa.date32())
    return LabelledRows(
        frame=frame,
        labels=labels,
        groups=np.unique(group.astype(str), return_inverse=True)[1].astype(np.int64),
        first_seen=first_seen.to_numpy(zero_copy_only=False).astype("datetime64[D]"),
        stratum=_names(table, "stratum"),
        split=_names(table, "split"),
        kind=_names(table, "kind"),
        payload=_names(table, "payload_loc"),
        campaign=campaign,
        filename=_names(table, "filename"),
        sha256=_names(table, "sha256"),
        size=table["size"].to_numpy().astype(np.int64),
        schema=table.schema,
        digest=_digest(frame, labels, table),
    )


def write_rows(table: pa.Table, path: Path) -> None:
    """Write what training needs of a labelled feature table, compressed for shipping; renamed when done."""
    names = feature_names(table.schema)
    extra = ("label", "campaign", "cluster", "first_seen", "stratum", "split", "payload_loc")
    known = set(table.column_names)
    kept = [n for n in (*IDENTITY_COLUMNS, *names, TOKENS_COLUMN, *extra) if n in known]
    slim = table.select(kept)
    if "campaign" in slim.column_names:
        # Copies of one campaign stand together, where the compressor finds them.
        slim = slim.sort_by([("campaign", "ascending"), ("project", "ascending"), ("sha256", "ascending")])
    tokens = f"{TOKENS_COLUMN}.list.element"
    with open_temporary(path) as temporary:
        pq.write_table(
            slim,
            temporary,
            compression="zstd",
            compression_level=19,
            use_dictionary=[n for n in kept if n != TOKENS_COLUMN],
            column_encoding={tokens: "DELTA_BINARY_PACKED"},
        )


def training_set(rows: LabelledRows, index: Index, weighting: Weighting, seed: int) -> TrainingSet:
    """Return the rows of an index that are learnt from, with weights whose mean is one.

    Variants are capped as their campaign is, do not make it larger, and together have their share of its rows'
    weight, at most `weighting.variants` of the campaign's.
    """
    random = np.random.default_rng(seed)
    made = rows.made
    if not weighting.variants:
        index = index[~made[index]]
    shuffled = random.permutation(index)
    parts = 2 * rows.groups[shuffled] + made[shuffled]
    order = np.argsort(parts, kind="stable")
    starts = np.flatnonzero(np.diff(parts[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    rank = np.arange(len(order)) - np.repeat(starts, sizes)
    kept = np.sort(shuffled[order[rank < weighting.cap]])
    labels = rows.labels[kept]
    for label, what in ((1, "malicious"), (0, "benign")):
        if len(np.unique(rows.groups[kept][labels == label])) < 2:
            raise TrainingDataError(f"fewer than two {what} campaigns or projects to learn from")
    codes, count = rows.groups[kept], int(rows.groups.max()) + 1
    full = np.maximum(np.bincount(rows.groups[index[~made[index]]], minlength=count), 1)
    left = np.bincount(codes, minlength=count)
    variants = np.bincount(codes, weights=made[kept], minlength=count)
    share = np.minimum(variants / np.maximum(left, 1), weighting.variants)
    # So many rows of a kind share so much of the campaign's weight.
    sharing = np.where(made[kept], variants[codes], (left - variants)[codes])
    fraction = np.where(made[kept], share[codes], 1 - share[codes])
    weights = _weights(full[codes], sharing / fraction, labels, weighting.power)
    return TrainingSet(rows.frame.take(kept), labels, weights, codes)


def _weights(
    full: npt.NDArray[np.int64], left: npt.NDArray[np.float64], labels: npt.NDArray[np.int8], power: float
) -> npt.NDArray[np.float64]:
    """Return weights where a group of `full` rows weighs full ** power, and both classes the same.

    A row has one part in `left` of its group's weight.
    """
    weights = full.astype(np.float64) ** power / left
    for label in (0, 1):
        mask = labels == label
        weights[mask] *= len(labels) / 2 / weights[mask].sum()
    return weights


def _names(table: pa.Table, name: str) -> Strings:
    if name not in table.column_names:
        return np.full(table.num_rows, "", dtype=object)
    column = pc.fill_null(pc.cast(table[name], pa.string()), "")
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=object)


def _digest(frame: Frame, labels: npt.NDArray[np.int8], table: pa.Table) -> str:
    """Return 32 hex digits over what training sees: digests, labels, values, tokens, groups and splits."""
    digest = hashlib.blake2b(digest_size=16)
    for array in (labels, frame.dense, frame.tokens.indptr, frame.tokens.indices):
        digest.update(np.ascontiguousarray(array).tobytes())
    for name in ("sha256", "campaign", "split"):
        digest.update("\n".join(_names(table, name)).encode())
    # Which rows are variants weighs on training; of rows without any this leaves the digest as it was.
    digest.update(np.flatnonzero(_names(table, "stratum") == VARIANT).tobytes())
    return digest.hexdigest()
