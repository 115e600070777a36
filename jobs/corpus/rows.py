"""Builds the rows that `boojum train` learns from, out of labelled corpus trees.

Each tree is read like a mirror into a store of its own, so that a second build reads only what is new. The rows hold
features and labels, and no text from an artifact.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from features.contract import Progress
from features.extract import extract_row
from features.limits import Limits
from features.schema import CONTEXT, LISTS, TOKENS, feature_schema, fingerprint
from jobs.contract import ClusterSettings, Extract
from jobs.corpus.contract import CorpusError
from jobs.corpus.layout import safe_component
from jobs.corpus.listing import read_csv, read_list
from jobs.corpus.reviewed import Review, read_reviewed
from jobs.mirror.reading import read_inventory
from jobs.mirror.root import open_mirror
from jobs.run.feature_update import ExtractionReport, update_feature_store
from jobs.run.lazy_cluster import lazy_cluster
from jobs.run.run_folder import new_run_id
from jobs.store.lock import LOCK_FILE, OutputLock
from jobs.store.part_files import read_part
from jobs.store.part_store import PartStore, feature_store
from model.members import MEMBERS_COLUMN, SLIM_MEMBERS, slim_table
from model.rows import write_rows

if TYPE_CHECKING:
    from jobs.run.cluster import Cluster

CAMPAIGN_CAP = 40
"""Artifacts kept of one cluster of near-duplicate malware: three campaigns have most of the artifacts."""

_DROPPED_COLUMNS = {field.name for field in (*CONTEXT, *LISTS)} - {TOKENS, MEMBERS_COLUMN}
_MALWARE_COLUMNS = ("sha256", "filename", "size", "date", "cluster_id", "cluster_ioc", "split", "payload_loc")


@dataclass(frozen=True, slots=True)
class LabelledTree:
    """A tree of artifacts of one label, 1 for malware and 0 for anything else, and the list it was built from.

    A list of malware has the columns sha256, filename, size, date, cluster_id, cluster_ioc, split and payload_loc, and
    may have project and version. The list of label 0 is a benign list.
    """

    root: Path
    listing: Path
    label: int


@dataclass(frozen=True, slots=True)
class Label:
    """A list's facts about one artifact; artifacts of one `campaign` must not be on both sides of a split."""

    sha256: str
    filename: str
    size: int | None
    label: int
    campaign: str
    cluster: str
    first_seen: date | None
    stratum: str
    split: str
    payload_loc: str
    project: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class RowsBuilt:
    """Counts of a build: rows by label, listed artifacts that became no row, and what was extracted.

    `capped` artifacts were over their cluster's cap, `missing` ones are in no tree. `left_out` have a label that is not
    trusted; `reviewed` of these were left out by a review alone.
    """

    path: Path
    malicious: int
    benign: int
    unreadable: int
    capped: int
    left_out: int
    reviewed: int
    missing: int
    bytes: int
    extractions: tuple[ExtractionReport, ...]


def build_rows(
    trees: Sequence[LabelledTree],
    out: Path,
    into: Path,
    *,
    cap: int = CAMPAIGN_CAP,
    seed: int = 1,
    leave_out: Path | None = None,
    reviewed: Path | None = None,
    limits: Limits | None = None,
    settings: ClusterSettings | None = None,
    extract: Extract = extract_row,
    progress: Progress | None = None,
) -> RowsBuilt:
    """Read the trees and write their labelled rows to the Parquet file `into`; `out` is the folder of the stores.

    Of one cluster of malware at most `cap` artifacts are kept, chosen by `seed` and their digests. Left out are
    artifacts on lists of both labels, those of the CSV `leave_out` (column sha256), and benign ones that a review in
    `reviewed` (see `read_reviewed`) excludes from their split. Raises JobsError.
    """
    out = out.absolute()
    progress = progress or (lambda *_: None)
    listed = [list(read_labels(tree)) for tree in trees]
    untrusted = _find_untrusted(listed, leave_out)
    distinct = {label.sha256: label for labels in listed for label in labels}
    trusted = [label for label in distinct.values() if label.sha256 not in untrusted]
    reviews = read_reviewed(reviewed) if reviewed else {}
    excluded = {label.sha256 for label in trusted if _is_excluded(label, reviews.get(label.sha256))}
    usable = [label for label in trusted if label.sha256 not in excluded]
    chosen = {label.sha256: label for label in cap_campaigns(usable, cap, seed)}
    lock = OutputLock(out)
    try:
        paths = (out / LOCK_FILE, *(tree.root.absolute() for tree in trees))
        with lazy_cluster(settings or ClusterSettings(out / ".tmp", writable=(out,)), paths, progress) as cluster:
            wanted = [[label for label in labels if label.sha256 in chosen] for labels in listed]
            stores = [feature_store(out / f"tree-{number}", fingerprint()) for number in range(len(trees))]
            extractions = tuple(
                _extract_tree(tree, labels, store, cluster, limits or Limits(), extract, progress)
                for tree, labels, store in zip(trees, wanted, stores, strict=True)
            )
        table = collect_rows(stores, chosen)
        table = with_labels(table, [chosen[sha256] for sha256 in table["sha256"].to_pylist()])
        into.parent.mkdir(parents=True, exist_ok=True)
        write_rows(table, into)
    finally:
        lock.release()
    labels = table["label"].to_pylist()
    return RowsBuilt(
        path=into,
        malicious=sum(labels),
        benign=len(labels) - sum(labels),
        unreadable=pc.sum(pc.equal(table["status"], "unreadable")).as_py() or 0,
        capped=len(usable) - len(chosen),
        left_out=len(distinct) - len(usable),
        reviewed=len(excluded),
        missing=len(chosen) - len(labels),
        bytes=into.stat().st_size,
        extractions=extractions,
    )


def read_labels(tree: LabelledTree) -> Iterator[Label]:
    """Yield the labels of a tree's list; raises CorpusError where it is not a list of the tree's kind."""
    if not tree.label:
        for listed in read_list(tree.listing):
            yield Label(
                sha256=listed.sha256,
                filename=listed.filename,
                size=listed.size,
                label=0,
                campaign=f"benign:{listed.project}",
                cluster="",
                first_seen=listed.upload_time.astimezone(UTC).date() if listed.upload_time else None,
                stratum=listed.stratum,
                split=listed.split,
                payload_loc="",
                project=listed.project,
                version=listed.version,
            )
        return
    for row in read_csv(tree.listing, _MALWARE_COLUMNS):
        try:
            yield Label(
                sha256=row["sha256"].lower(),
                filename=row["filename"],
                size=int(row["size"]),
                label=1,
                campaign=_campaign(row),
                cluster=row["cluster_id"],
                first_seen=datetime.fromisoformat(row["date"]).date() if row["date"] else None,
                stratum="malware",
                split=row["split"],
                payload_loc=row["payload_loc"],
                project=row.get("project", ""),
                version=row.get("version", ""),
            )
        except ValueError as error:
            raise CorpusError(str(tree.listing), f"cannot be read as a list ({error})", "give a CSV file") from error


def _campaign(row: dict[str, str]) -> str:
    """Return the campaign of listed malware: by shared indicators, else by cluster, else by project."""
    return (
        row["cluster_ioc"]
        or (f"cluster:{row['cluster_id']}" if row["cluster_id"] else "")
        or f"project:{row.get('project', '')}"
    )


def cap_campaigns(labels: Iterable[Label], cap: int, seed: int) -> list[Label]:
    """Return at most `cap` artifacts of each cluster of malware; seed and digest alone decide which."""
    kept: list[Label] = []
    counts: Counter[str] = Counter()
    for label in sorted(labels, key=lambda label: hashlib.blake2b(f"{seed}:{label.sha256}".encode()).digest()):
        if label.label and label.cluster:
            counts[label.cluster] += 1
            if counts[label.cluster] > cap:
                continue
        kept.append(label)
    return kept


def _find_untrusted(listed: Sequence[Sequence[Label]], leave_out: Path | None) -> set[str]:
    """Return the digests with both labels, and the listed ones of `leave_out`."""
    malicious = {label.sha256 for labels in listed for label in labels if label.label}
    benign = {label.sha256 for labels in listed for label in labels if not label.label}
    return malicious & benign | read_left_out(leave_out) & (malicious | benign)


def _is_excluded(label: Label, review: Review | None) -> bool:
    return not label.label and review is not None and review.is_excluded_from(label.split)


def read_left_out(listing: Path | None) -> set[str]:
    """Return the digests of a list of artifacts with a wrong label, none without a list; raises CorpusError."""
    return {row["sha256"].lower() for row in read_csv(listing, ("sha256",))} if listing else set()


def _extract_tree(
    tree: LabelledTree,
    labels: Sequence[Label],
    store: PartStore,
    cluster: Callable[[], "Cluster"],
    limits: Limits,
    extract: Extract,
    progress: Progress,
) -> ExtractionReport:
    """Extract the listed files of a tree that the store lacks, matched by name and size: a mirror has no sha256."""
    listed = {(safe_component(label.filename), label.size) for label in labels}
    without_size = {name for name, size in listed if size is None}

    def is_listed(name: str, size: int) -> bool:
        return name in without_size or (name, size) in listed

    return extract_files(tree.root, is_listed, store, cluster, limits, extract, progress)


def extract_files(
    root: Path,
    is_wanted: Callable[[str, int], bool],
    store: PartStore,
    cluster: Callable[[], "Cluster"],
    limits: Limits,
    extract: Extract,
    progress: Progress,
) -> ExtractionReport:
    """Extract the files of a tree that the store lacks and whose safe name and size are wanted; raises JobsError."""
    mirror = open_mirror(root.absolute())
    inventory = read_inventory(mirror, progress).table
    names, sizes = (inventory[column].to_pylist() for column in ("filename", "size"))
    wanted = [is_wanted(safe_component(name), size) for name, size in zip(names, sizes, strict=True)]
    chosen = inventory.filter(pa.array(wanted, pa.bool_()))
    return update_feature_store(
        store, new_run_id(datetime.now(UTC)), mirror.root, chosen, cluster, limits, extract, progress
    )


def collect_rows(stores: Sequence[PartStore], chosen: Iterable[str]) -> pa.Table:
    """Return the rows of the artifacts with these digests (sha256), one for each that the stores have."""
    # Parts carry no meanings of columns, which training needs: they come from the schema.
    empty = row_schema().empty_table()
    digests = pa.array(list(chosen), pa.string())
    tables = []
    for store in stores:
        for part in store.parts():
            table = slim_table(read_part(part, empty.schema.names)).cast(empty.schema)
            tables.append(table.filter(pc.is_in(table["sha256"], value_set=digests)))
    table = pa.concat_tables([empty, *tables])
    first_row: dict[str, int] = {}
    for row, sha256 in enumerate(table["sha256"].to_pylist()):
        first_row.setdefault(sha256, row)
    return table.take(pa.array(list(first_row.values()), pa.int64()))


def row_schema() -> pa.Schema:
    """Return the schema of rows without labels: identity, features, tokens and members, without text from artifacts."""
    full = feature_schema()
    kept = [field for field in full if field.name not in _DROPPED_COLUMNS]
    slim = [pa.field(MEMBERS_COLUMN, SLIM_MEMBERS) if field.name == MEMBERS_COLUMN else field for field in kept]
    return pa.schema(slim, metadata=full.metadata)


def with_labels(table: pa.Table, labels: Sequence[Label]) -> pa.Table:
    """Return rows with the columns of their labels, one label for each row, in the same order."""
    for name, kind in (
        ("label", pa.int8()),
        ("campaign", pa.string()),
        ("cluster", pa.string()),
        ("first_seen", pa.date32()),
        ("stratum", pa.string()),
        ("split", pa.string()),
        ("payload_loc", pa.string()),
    ):
        table = table.append_column(name, pa.array([getattr(label, name) for label in labels], kind))
    return table
