"""Turns labelled corpus trees into the rows that `boojum train` learns from.

The trees are read as a mirror is, into a store of their own, so that building again reads only what is new; what
leaves is features and labels, and nothing that quotes anybody's code.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from features.contract import Progress
from features.extract import extract_row
from features.limits import Limits
from features.schema import CONTEXT, LISTS, TOKENS, feature_schema, fingerprint
from jobs.contract import Extract
from jobs.corpus.contract import CorpusError
from jobs.corpus.layout import safe_component
from jobs.corpus.listing import read_list, read_rows
from jobs.corpus.reviewed import Review, read_reviewed
from jobs.mirror.reading import open_mirror, read_inventory
from jobs.run.cluster import Cluster, ClusterSettings, check_workers, open_cluster
from jobs.run.feature_update import ExtractionReport, update_feature_store
from jobs.run.run_folder import new_run_id
from jobs.store.lock import OutputLock
from jobs.store.part_files import read_part
from jobs.store.part_store import PartStore, feature_store
from model.rows import write_rows

CAMPAIGN_CAP = 40
"""Artifacts kept of one near-duplicate cluster of malware: three campaigns are most of what there is."""

_DROPPED = {field.name for field in (*CONTEXT, *LISTS)} - {TOKENS}
_MALWARE = ("sha256", "filename", "size", "date", "cluster_id", "cluster_ioc", "split", "payload_loc")


@dataclass(frozen=True, slots=True)
class LabelledTree:
    """A tree of artifacts of one label, 1 for malware and 0 for anything else, and the list it was built from.

    A list of malware has at least the columns sha256, filename, size, date, cluster_id,
    cluster_ioc, split, payload_loc. Any other is a benign list.
    """

    root: Path
    listing: Path
    label: int


@dataclass(frozen=True, slots=True)
class Label:
    """What a list says of one artifact; `campaign` is what must never stand on both sides of a split."""

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
    """What was built: rows by label, what was listed and capped or left out, and what no tree holds.

    `left_out` counts all whose label is not believed; `reviewed` those of them that a review alone left out.
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
    intakes: tuple[ExtractionReport, ...]


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
    """Read the trees and write their labelled rows to the Parquet file `into`; `out` is the folder of the store.

    Of one cluster of malware at most `cap` artifacts are kept, chosen by `seed` and their digests. An artifact that
    is on lists of both labels is left out, as are those of the CSV `leave_out` (column sha256) and the benign ones
    that the reviews `reviewed` (see `read_reviewed`) bar from their split. Raises JobsError.
    """
    out = out.absolute()
    say = progress or (lambda *_: None)
    listed = [list(read_labels(tree)) for tree in trees]
    refused = _refused(listed, leave_out)
    everything = {label.sha256: label for labels in listed for label in labels}
    believed = [label for label in everything.values() if label.sha256 not in refused]
    reviews = read_reviewed(reviewed) if reviewed else {}
    barred = {label.sha256 for label in believed if _is_barred(label, reviews.get(label.sha256))}
    fitting = [label for label in believed if label.sha256 not in barred]
    chosen = {label.sha256: label for label in cap_campaigns(fitting, cap, seed)}
    hold = OutputLock(out)
    try:
        with ExitStack() as stack:

            @cache
            def cluster() -> Cluster:
                opened = stack.enter_context(open_cluster(settings or ClusterSettings(out / ".tmp")))
                check_workers(opened, (out / ".lock", *(tree.root.absolute() for tree in trees)))
                return opened

            wanted = [[label for label in labels if label.sha256 in chosen] for labels in listed]
            stores = [feature_store(out / f"tree-{number}", fingerprint()) for number in range(len(trees))]
            intakes = tuple(
                _read_tree(tree, labels, store, cluster, limits or Limits(), extract, say)
                for tree, labels, store in zip(trees, wanted, stores, strict=True)
            )
        table = _labelled(stores, chosen)
        write_rows(table, into)
    finally:
        hold.release()
    labels = table["label"].to_pylist()
    return RowsBuilt(
        path=into,
        malicious=sum(labels),
        benign=len(labels) - sum(labels),
        unreadable=pc.sum(pc.equal(table["status"], "unreadable")).as_py() or 0,
        capped=len(fitting) - len(chosen),
        left_out=len(everything) - len(fitting),
        reviewed=len(barred),
        missing=len(chosen) - len(labels),
        bytes=into.stat().st_size,
        intakes=intakes,
    )


def read_labels(tree: LabelledTree) -> Iterator[Label]:
    """Yield what a tree's list says of each artifact; raises CorpusError where it is no such list."""
    if not tree.label:
        for item in read_list(tree.listing):
            yield Label(
                sha256=item.sha256,
                filename=item.filename,
                size=item.size,
                label=0,
                campaign=f"benign:{item.project}",
                cluster="",
                first_seen=item.upload_time.astimezone(UTC).date() if item.upload_time else None,
                stratum=item.stratum,
                split=item.split,
                payload_loc="",
                project=item.project,
                version=item.version,
            )
        return
    for row in read_rows(tree.listing, _MALWARE):
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
    """Return the campaign of listed malware; the list's own word where it has one, as in the shipped rows."""
    return (
        row["cluster_ioc"]
        or (f"cluster:{row['cluster_id']}" if row["cluster_id"] else "")
        or f"project:{row.get('project', '')}"
    )


def cap_campaigns(labels: Iterable[Label], cap: int, seed: int) -> list[Label]:
    """Return at most `cap` artifacts of each cluster of malware; the choice is by seed and digest alone."""
    kept: list[Label] = []
    seen: dict[str, int] = {}
    for label in sorted(labels, key=lambda label: hashlib.blake2b(f"{seed}:{label.sha256}".encode()).digest()):
        if label.label and label.cluster:
            seen[label.cluster] = seen.get(label.cluster, 0) + 1
            if seen[label.cluster] > cap:
                continue
        kept.append(label)
    return kept


def _refused(listed: Sequence[Sequence[Label]], leave_out: Path | None) -> set[str]:
    malicious = {label.sha256 for labels in listed for label in labels if label.label}
    benign = {label.sha256 for labels in listed for label in labels if not label.label}
    return malicious & benign | read_left_out(leave_out) & (malicious | benign)


def _is_barred(label: Label, review: Review | None) -> bool:
    return not label.label and review is not None and review.bars(label.split)


def read_left_out(listing: Path | None) -> set[str]:
    """Return the digests of a list of artifacts whose label is wrong; none where there is no list."""
    return {row["sha256"].lower() for row in read_rows(listing, ("sha256",))} if listing else set()


def _read_tree(
    tree: LabelledTree,
    labels: Sequence[Label],
    store: PartStore,
    cluster: Callable[[], Cluster],
    limits: Limits,
    extract: Extract,
    progress: Progress,
) -> ExtractionReport:
    """Bring the store up to the listed files of a tree; a tree has no sha256, so that name and size choose."""
    mirror = open_mirror(tree.root.absolute())
    inventory = read_inventory(mirror, progress).table
    names = {(safe_component(label.filename), label.size) for label in labels}
    unsized = {name for name, size in names if size is None}
    wanted = [
        (name := safe_component(filename)) in unsized or (name, size) in names
        for filename, size in zip(inventory["filename"].to_pylist(), inventory["size"].to_pylist(), strict=True)
    ]
    chosen = inventory.filter(pa.array(wanted, pa.bool_()))
    return update_feature_store(
        store, new_run_id(datetime.now(UTC)), mirror.root, chosen, cluster, limits, extract, progress
    )


def _labelled(stores: Sequence[PartStore], chosen: dict[str, Label]) -> pa.Table:
    """Return the chosen artifacts' rows with their labels, one for each digest."""
    # The store's parts do not say what columns mean, and training asks.
    empty = row_schema().empty_table()
    names = empty.schema.names
    values = pa.array(chosen, pa.string())
    tables = []
    for store in stores:
        for part in store.parts():
            table = read_part(part, names).cast(empty.schema)
            tables.append(table.filter(pc.is_in(table["sha256"], value_set=values)))
    table = pa.concat_tables([empty, *tables])
    first: dict[str, int] = {}
    for row, sha256 in enumerate(table["sha256"].to_pylist()):
        first.setdefault(sha256, row)
    table = table.take(pa.array(list(first.values()), pa.int64()))
    return with_labels(table, [chosen[sha256] for sha256 in first])


def row_schema() -> pa.Schema:
    """Return the schema of rows before they are labelled: identity, features and tokens, nothing that quotes."""
    full = feature_schema()
    return pa.schema([field for field in full if field.name not in _DROPPED], metadata=full.metadata)


def with_labels(table: pa.Table, said: Sequence[Label]) -> pa.Table:
    """Return rows with what the lists say of them, one label a row, in their order."""
    for name, kind in (
        ("label", pa.int8()),
        ("campaign", pa.string()),
        ("cluster", pa.string()),
        ("first_seen", pa.date32()),
        ("stratum", pa.string()),
        ("split", pa.string()),
        ("payload_loc", pa.string()),
    ):
        table = table.append_column(name, pa.array([getattr(label, name) for label in said], kind))
    return table
