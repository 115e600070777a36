"""Makes the planned variants on workers, into two files of labelled rows: to learn from, and to be judged by.

Only rows leave a worker, without evidence. A part that stands is not made again, so that a run resumes.
"""

import hashlib
import json
import os
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from features.contract import Artifact, Progress, Row
from features.extract import extract_row
from features.limits import Limits
from features.schema import fingerprint, rows_table
from jobs.contract import Extract, WorkerSchemaMismatchError
from jobs.corpus.contract import CorpusError
from jobs.corpus.layout import safe_component
from jobs.corpus.listing import write_csv
from jobs.corpus.rows import Label, LabelledTree, read_labels, read_left_out, row_schema, with_labels
from jobs.corpus.variants.contract import Source, UnfitError, Variant
from jobs.corpus.variants.making import read_variant
from jobs.corpus.variants.plan import TRAINING, Item, Sizes, plan_variants
from jobs.run.cluster import Cluster, ClusterSettings, check_workers, open_cluster
from jobs.run.dispatch import BoundedSubmit
from jobs.store.lock import OutputLock
from jobs.store.part_files import read_part, write_part
from model.rows import write_rows

CHUNK = 12
"""Variants that a worker makes before it writes their rows."""
_MADE = b"made"
"""Key of a part's metadata: for each variant of the chunk the digest of what was made, or why nothing was."""
_COLUMNS = ("chosen", "kind", "recipe", "seed", "base", "donor", "payload", "sha256", "reason")


@dataclass(frozen=True, slots=True)
class VariantsBuilt:
    """What was built: rows by set, and how many could not be made, by reason; the two files and the list."""

    training: Path
    evaluation: Path
    listing: Path
    planned: int
    rows: Mapping[str, int]
    skipped: Mapping[str, int]
    resumed: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some variants that become one part of this name."""

    name: str
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class MakeChunk:
    """What a worker does with a chunk: make its variants, write their rows as one part, return its name."""

    folder: Path
    fingerprint: str
    limits: Limits
    extract: Extract

    def __call__(self, chunk: Chunk) -> str:
        """Make one chunk; raises JobsError only for what concerns the whole run."""
        if fingerprint() != self.fingerprint:
            raise WorkerSchemaMismatchError("a worker", fingerprint(), self.fingerprint)
        rows: list[tuple[Artifact, Row]] = []
        labels: list[Label] = []
        told: list[tuple[str, str]] = []
        for variant in chunk.variants:
            try:
                artifact, row = read_variant(variant, self.limits, self.extract)
            except UnfitError as error:
                told.append(("", error.reason))
                continue
            rows.append((artifact, row))
            labels.append(variant.label)
            told.append((row.sha256, ""))
        write_chunk(self.folder, chunk, rows, labels, told)
        return chunk.name


def write_chunk(
    folder: Path,
    chunk: Chunk,
    rows: Sequence[tuple[Artifact, Row]],
    labels: Sequence[Label],
    told: Sequence[tuple[str, str]],
) -> None:
    """Write a chunk's rows as a part that appears whole; `told` is (digest made, reason why not) of each variant."""
    table = with_labels(rows_table(rows).select(row_schema().names), labels)
    metadata = {**(row_schema().metadata or {}), _MADE: json.dumps(told).encode()}
    write_part(folder, chunk.name, table.replace_schema_metadata(metadata))


def build_variants(
    trees: Sequence[LabelledTree],
    out: Path,
    *,
    sizes: Sizes | None = None,
    seed: int = 1,
    leave_out: Path | None = None,
    limits: Limits | None = None,
    settings: ClusterSettings | None = None,
    extract: Extract = extract_row,
    progress: Progress | None = None,
) -> VariantsBuilt:
    """Make the variants of labelled trees; `out` gets training.parquet, evaluation.parquet and variants.csv.

    `leave_out` is a CSV (column sha256) of artifacts whose label is wrong. Raises JobsError.
    """
    out = out.absolute()
    say = progress or (lambda *_: None)
    refused = read_left_out(leave_out)
    items: dict[int, list[Item]] = {0: [], 1: []}
    for tree in trees:
        items[tree.label].extend(item for item in read_items(tree) if item.source.sha256 not in refused)
    both = {item.source.sha256 for item in items[0]} & {item.source.sha256 for item in items[1]}
    bad, good = ([item for item in items[label] if item.source.sha256 not in both] for label in (1, 0))
    planned = plan_variants(bad, good, sizes or Sizes(), seed)
    if not planned:
        raise CorpusError(
            str(out), "no listed artifact is in the trees", "give the lists that the trees were built from"
        )
    hold = OutputLock(out)
    try:
        folder = out / f"parts-{fingerprint()}"
        folder.mkdir(exist_ok=True)
        chunks = _chunks(planned)
        left = [chunk for chunk in chunks if not (folder / chunk.name).exists()]
        resumed = len(planned) - sum(len(chunk.variants) for chunk in left)
        if left:
            task = MakeChunk(folder, fingerprint(), limits or Limits(), extract)
            with open_cluster(settings or ClusterSettings(out / ".tmp")) as cluster:
                check_workers(cluster, (folder, *(tree.root.absolute() for tree in trees)))
                done = resumed
                say(done, len(planned), "making variants")
                for count in _run(cluster, task, left):
                    done += count
                    say(done, len(planned), "making variants")
        return _finish(out, folder, chunks, len(planned), resumed)
    finally:
        hold.release()


def read_items(tree: LabelledTree) -> Iterator[Item]:
    """Yield the listed artifacts that a tree holds; a tree has no sha256, so that name and size say where."""
    root = tree.root.absolute()
    if not root.is_dir():
        raise CorpusError(str(root), "is no folder", "give a tree that `boojum corpus` built")
    labels = list(read_labels(tree))
    names = {safe_component(label.filename) for label in labels}
    places: dict[tuple[str, int], list[str]] = defaultdict(list)
    for folder, _, files in os.walk(root / "web" / "packages"):
        for name in names.intersection(files):
            path = Path(folder, name)
            places[name, path.stat().st_size].append(str(path))
    seen: set[str] = set()
    for label in labels:
        paths = places.get((safe_component(label.filename), label.size or 0), [])
        if paths and label.sha256 not in seen:
            seen.add(label.sha256)
            source = Source(tuple(paths), label.filename, label.sha256, label.project, label.version, label.payload_loc)
            yield Item(source, label)


def _chunks(planned: Sequence[Variant]) -> list[Chunk]:
    """Return all variants in chunks; a chunk's name is a digest over what it holds."""
    return [_chunk(tuple(planned[at : at + CHUNK])) for at in range(0, len(planned), CHUNK)]


def _chunk(variants: tuple[Variant, ...]) -> Chunk:
    digest = hashlib.blake2b(repr(variants).encode("utf-8", "replace"), digest_size=12).hexdigest()
    return Chunk(f"part-{digest}.parquet", variants)


def _run(cluster: Cluster, task: MakeChunk, chunks: Sequence[Chunk]) -> Iterator[int]:
    """Make all chunks and yield how many variants are done with each.

    A chunk that failed or ended its worker is made one by one, and what fails then is written down with its reason.
    """
    waiting = deque(chunks)
    broken: list[Chunk] = []
    for chunk, answer in BoundedSubmit(cluster, task, lambda: waiting.popleft() if waiting else None):
        if isinstance(answer, BaseException):
            broken.append(chunk)
        else:
            yield len(chunk.variants)
    for chunk in broken:
        singles = deque(_chunk((variant,)) for variant in chunk.variants)
        for single, answer in BoundedSubmit(cluster, task, lambda: singles.popleft() if singles else None):  # noqa: B023 - used up before the next
            if isinstance(answer, BaseException):
                write_chunk(
                    task.folder, single, [], [], [("", f"internal error: {type(answer).__name__}: {answer}"[:300])]
                )
            yield 1
        _join(task.folder, chunk)


def _join(folder: Path, chunk: Chunk) -> None:
    """Put the parts of a chunk's single variants together, as if it had not failed."""
    parts = [folder / _chunk((variant,)).name for variant in chunk.variants]
    tables = [read_part(part, None) for part in parts]
    told = [one for table in tables for one in _told(table)]
    metadata = {**(tables[0].schema.metadata or {}), _MADE: json.dumps(told).encode()}
    joined = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    write_part(folder, chunk.name, joined.replace_schema_metadata(metadata))
    for part in parts:
        part.unlink()


def _told(table: pa.Table) -> list[tuple[str, str]]:
    return [(made, reason) for made, reason in json.loads(table.schema.metadata[_MADE])]


def _finish(out: Path, folder: Path, chunks: Sequence[Chunk], planned: int, resumed: int) -> VariantsBuilt:
    """Put the parts together into the two files of rows and the list of what was made."""
    schema = with_labels(row_schema().empty_table(), []).schema
    tables = []
    lines: list[list[object]] = []
    skipped: Counter[str] = Counter()
    for chunk in chunks:
        table = read_part(folder / chunk.name, None)
        told = _told(table)
        tables.append(table.replace_schema_metadata(None).cast(schema.remove_metadata()))
        for variant, (made, reason) in zip(chunk.variants, told, strict=True):
            donor = variant.donor.sha256 if variant.donor else ""
            lines.append([
                variant.chosen, variant.kind, variant.recipe, variant.seed, variant.base.sha256, donor,
                variant.payload, made, reason,
            ])  # fmt: skip
            skipped.update([reason] if reason else [])
    # The parts do not say what columns mean, and training asks.
    table = pa.concat_tables(tables).cast(schema)
    is_training = pc.equal(table["stratum"], TRAINING)
    training, evaluation, listing = out / "training.parquet", out / "evaluation.parquet", out / "variants.csv"
    write_rows(table.filter(is_training), training)
    write_rows(table.filter(pc.invert(is_training)), evaluation)
    write_csv(listing, _COLUMNS, lines)
    return VariantsBuilt(
        training, evaluation, listing, planned, dict(sorted(Counter(table["stratum"].to_pylist()).items())),
        dict(skipped.most_common()), resumed,
    )  # fmt: skip
