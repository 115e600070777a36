"""Makes the planned variants on workers and writes their labelled rows: one file for training, one for evaluation.

Only rows leave a worker, without evidence. A part that is there is not made again, so a second call resumes.
"""

import hashlib
import json
import os
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from features.contract import Artifact, Progress, Row
from features.extract import extract_row
from features.limits import Limits
from features.schema import fingerprint, rows_table
from jobs.contract import ClusterSettings, Extract, WorkerSchemaMismatchError
from jobs.corpus.contract import CorpusError
from jobs.corpus.layout import safe_component
from jobs.corpus.listing import write_csv
from jobs.corpus.rows import Label, LabelledTree, read_labels, read_left_out, row_schema, with_labels
from jobs.corpus.variants.contract import CorpusArtifact, NotApplicableError, Variant
from jobs.corpus.variants.extraction import extract_variant
from jobs.corpus.variants.plan import TRAINING, LabelledArtifact, VariantCounts, plan_variants
from jobs.run.cluster import Cluster, check_workers, open_cluster
from jobs.run.dispatch import BoundedSubmit
from jobs.store.lock import OutputLock
from jobs.store.part_files import read_part, write_part
from model.members import slim_table
from model.rows import write_rows

CHUNK_SIZE = 12
"""Variants that a worker makes before it writes their rows."""
_OUTCOMES_KEY = b"made"
"""Metadata key of a part: the outcomes of its variants, as JSON."""
_COLUMNS = ("chosen", "kind", "recipe", "seed", "base", "donor", "payload", "sha256", "reason")


@dataclass(frozen=True, slots=True)
class VariantsBuilt:
    """Result of a build: the files, rows by stratum, and how many variants could not be made, by reason.

    `resumed` of the `planned` variants were made by an earlier call.
    """

    training: Path
    evaluation: Path
    listing: Path
    planned: int
    rows: Mapping[str, int]
    skipped: Mapping[str, int]
    resumed: int


class Outcome(NamedTuple):
    """Result of one variant: the digest of the bytes made, or "" and the reason why there are none."""

    sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some variants that become one part; the part's name is a digest of the variants."""

    variants: tuple[Variant, ...]

    @property
    def part_name(self) -> str:
        """File name of the part."""
        digest = hashlib.blake2b(repr(self.variants).encode("utf-8", "replace"), digest_size=12).hexdigest()
        return f"part-{digest}.parquet"


@dataclass(frozen=True, slots=True)
class ExtractChunk:
    """Task of a worker: makes the variants of a chunk and writes their rows as one part."""

    folder: Path
    fingerprint: str
    limits: Limits
    extract: Extract

    def __call__(self, chunk: Chunk) -> str:
        """Write one part and return its name; raises WorkerSchemaMismatchError where the worker has another schema."""
        if fingerprint() != self.fingerprint:
            raise WorkerSchemaMismatchError("a worker", fingerprint(), self.fingerprint)
        rows: list[tuple[Artifact, Row]] = []
        labels: list[Label] = []
        outcomes: list[Outcome] = []
        for variant in chunk.variants:
            try:
                artifact, row = extract_variant(variant, self.limits, self.extract)
            except NotApplicableError as error:
                outcomes.append(Outcome("", error.reason))
                continue
            rows.append((artifact, row))
            labels.append(variant.label)
            outcomes.append(Outcome(row.sha256, ""))
        write_chunk(self.folder, chunk, rows, labels, outcomes)
        return chunk.part_name


def write_chunk(
    folder: Path,
    chunk: Chunk,
    rows: Sequence[tuple[Artifact, Row]],
    labels: Sequence[Label],
    outcomes: Sequence[Outcome],
) -> None:
    """Write the rows of a chunk atomically as a part, with one outcome for each of its variants."""
    table = with_labels(slim_table(rows_table(rows)).select(row_schema().names), labels)
    metadata = {**(row_schema().metadata or {}), _OUTCOMES_KEY: json.dumps(outcomes).encode()}
    write_part(folder, chunk.part_name, table.replace_schema_metadata(metadata))


def build_variants(
    trees: Sequence[LabelledTree],
    out: Path,
    *,
    counts: VariantCounts | None = None,
    seed: int = 1,
    leave_out: Path | None = None,
    limits: Limits | None = None,
    settings: ClusterSettings | None = None,
    extract: Extract = extract_row,
    progress: Progress | None = None,
) -> VariantsBuilt:
    """Make the variants of labelled trees; writes training.parquet, evaluation.parquet and variants.csv to `out`.

    `leave_out` is a CSV (column sha256) of artifacts with a wrong label. Raises JobsError.
    """
    out = out.absolute()
    report = progress or (lambda *_: None)
    planned = plan_variants(*_read_trees(trees, leave_out), counts or VariantCounts(), seed)
    if not planned:
        hint = "give the lists that the trees were built from"
        raise CorpusError(str(out), "no listed artifact is in the trees", hint)
    lock = OutputLock(out)
    try:
        folder = out / f"parts-{fingerprint()}"
        folder.mkdir(exist_ok=True)
        chunks = [Chunk(tuple(planned[at : at + CHUNK_SIZE])) for at in range(0, len(planned), CHUNK_SIZE)]
        missing = [chunk for chunk in chunks if not (folder / chunk.part_name).exists()]
        resumed = len(planned) - sum(len(chunk.variants) for chunk in missing)
        if missing:
            task = ExtractChunk(folder, fingerprint(), limits or Limits(), extract)
            with open_cluster(settings or ClusterSettings(out / ".tmp", writable=(out,))) as cluster:
                check_workers(cluster, (folder, *(tree.root.absolute() for tree in trees)))
                done = resumed
                report(done, len(planned), "making variants")
                for count in _run_chunks(cluster, task, missing):
                    done += count
                    report(done, len(planned), "making variants")
        return _merge_parts(out, folder, chunks, len(planned), resumed)
    finally:
        lock.release()


def _read_trees(
    trees: Sequence[LabelledTree], leave_out: Path | None
) -> tuple[list[LabelledArtifact], list[LabelledArtifact]]:
    """Return the malicious and the benign artifacts of trees; those with both labels, or left out, are in neither."""
    left_out = read_left_out(leave_out)
    listed = [a for tree in trees for a in read_labelled_artifacts(tree) if a.artifact.sha256 not in left_out]
    labels_of: dict[str, set[int]] = defaultdict(set)
    for a in listed:
        labels_of[a.artifact.sha256].add(a.label.label)
    malicious = [a for a in listed if labels_of[a.artifact.sha256] == {1}]
    return malicious, [a for a in listed if labels_of[a.artifact.sha256] == {0}]


def read_labelled_artifacts(tree: LabelledTree) -> Iterator[LabelledArtifact]:
    """Yield the listed artifacts that a tree holds, matched by name and size: a tree knows no sha256."""
    root = tree.root.absolute()
    if not root.is_dir():
        raise CorpusError(str(root), "is not a folder", "give a tree that `boojum corpus` built")
    labels = list(read_labels(tree))
    names = {safe_component(label.filename) for label in labels}
    paths_of: dict[tuple[str, int], list[str]] = defaultdict(list)
    for folder, _, files in os.walk(root / "web" / "packages"):
        for name in names.intersection(files):
            path = Path(folder, name)
            paths_of[name, path.stat().st_size].append(str(path))
    seen: set[str] = set()
    for label in labels:
        paths = paths_of.get((safe_component(label.filename), label.size or 0), [])
        if paths and label.sha256 not in seen:
            seen.add(label.sha256)
            artifact = CorpusArtifact(
                tuple(paths), label.filename, label.sha256, label.project, label.version, label.payload_loc
            )
            yield LabelledArtifact(artifact, label)


def _run_chunks(cluster: Cluster, task: ExtractChunk, chunks: Sequence[Chunk]) -> Iterator[int]:
    """Run the task on all chunks and yield the number of variants that each brings.

    The variants of a chunk that failed or killed its worker are made one by one; one that fails again is recorded with
    its reason.
    """
    waiting = deque(chunks)
    failed: list[Chunk] = []
    for chunk, result in BoundedSubmit(cluster, task, lambda: waiting.popleft() if waiting else None):
        if isinstance(result, BaseException):
            failed.append(chunk)
        else:
            yield len(chunk.variants)
    for chunk in failed:
        singles = deque(Chunk((variant,)) for variant in chunk.variants)
        for single, result in BoundedSubmit(cluster, task, lambda: singles.popleft() if singles else None):  # noqa: B023 - used up before the next
            if isinstance(result, BaseException):
                reason = f"internal error: {type(result).__name__}: {result}"[:300]
                write_chunk(task.folder, single, [], [], [Outcome("", reason)])
            yield 1
        _join_singles(task.folder, chunk)


def _join_singles(folder: Path, chunk: Chunk) -> None:
    """Replace the parts of a chunk's single variants by the part of the chunk."""
    parts = [folder / Chunk((variant,)).part_name for variant in chunk.variants]
    tables = [read_part(part, None) for part in parts]
    outcomes = [outcome for table in tables for outcome in _read_outcomes(table)]
    metadata = {**(tables[0].schema.metadata or {}), _OUTCOMES_KEY: json.dumps(outcomes).encode()}
    joined = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    write_part(folder, chunk.part_name, joined.replace_schema_metadata(metadata))
    for part in parts:
        part.unlink()


def _read_outcomes(part: pa.Table) -> list[Outcome]:
    return [Outcome(sha256, reason) for sha256, reason in json.loads(part.schema.metadata[_OUTCOMES_KEY])]


def _merge_parts(out: Path, folder: Path, chunks: Sequence[Chunk], planned: int, resumed: int) -> VariantsBuilt:
    """Write the two files of rows and the list of variants from the parts."""
    # Parts carry no meanings of columns, which training needs: they come from the schema.
    schema = with_labels(row_schema().empty_table(), []).schema
    tables = []
    lines: list[list[object]] = []
    skipped: Counter[str] = Counter()
    for chunk in chunks:
        part = read_part(folder / chunk.part_name, None)
        tables.append(part.replace_schema_metadata(None).cast(schema.remove_metadata()))
        for variant, outcome in zip(chunk.variants, _read_outcomes(part), strict=True):
            lines.append(_listing_line(variant, outcome))
            skipped.update([outcome.reason] if outcome.reason else [])
    table = pa.concat_tables(tables).cast(schema)
    is_training = pc.equal(table["stratum"], TRAINING)
    training, evaluation, listing = out / "training.parquet", out / "evaluation.parquet", out / "variants.csv"
    write_rows(table.filter(is_training), training)
    write_rows(table.filter(pc.invert(is_training)), evaluation)
    write_csv(listing, _COLUMNS, lines)
    return VariantsBuilt(
        training=training,
        evaluation=evaluation,
        listing=listing,
        planned=planned,
        rows=dict(sorted(Counter(table["stratum"].to_pylist()).items())),
        skipped=dict(skipped.most_common()),
        resumed=resumed,
    )


def _listing_line(variant: Variant, outcome: Outcome) -> list[object]:
    donor = variant.donor.sha256 if variant.donor else ""
    return [
        variant.stratum, variant.kind, variant.recipe, variant.seed, variant.base.sha256, donor, variant.payload,
        outcome.sha256, outcome.reason,
    ]  # fmt: skip
