"""Builds the labelled changes that the change model learns from: honest releases, and built ones with a payload.

Both trees are read into feature stores, so that a second build reads only what is new. An honest row compares a listed
release with the one before it, or with the other file of its release. A built row compares a release of a manifest
(`boojum corpus payloads`) with the honest bases that a mirror would have had for it. The rows hold numbers, ids of
marks, and no text from an artifact.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from features.contract import Progress
from features.extract import extract_row
from features.limits import Limits
from features.schema import feature_schema, fingerprint
from jobs.changes.bases import FACTS, choose_bases
from jobs.changes.bases import IDENTITY as PAIR_IDENTITY
from jobs.changes.compare import compare, compared_columns
from jobs.changes.contract import BaseKind
from jobs.changes.schema import change_schema
from jobs.contract import ClusterSettings, Extract
from jobs.corpus.contract import CorpusError
from jobs.corpus.layout import safe_component
from jobs.corpus.listing import read_csv
from jobs.corpus.payloads.contract import BLIND, split_of
from jobs.corpus.rows import Label, extract_files, row_schema, with_labels
from jobs.run.feature_update import ExtractionReport
from jobs.run.lazy_cluster import lazy_cluster
from jobs.store.lock import LOCK_FILE, OutputLock
from jobs.store.part_files import read_part
from jobs.store.part_store import PartStore, feature_store
from model.change.frame import CHANGED_TYPE
from model.change.rows import write_changes
from model.members import slim_table
from model.rows import VARIANT, write_rows

if TYPE_CHECKING:
    pass

RELEASES = "releases"
"""Name of the store of listed releases."""
HONEST = "honest"
"""Family of a listed release; a built one without a payload has the name of its honest change."""
MOST_MEMBERS = 48
"""Changed members of a row that are kept, the heaviest first."""
BATCH_PAIRS = 512
"""Pairs that are compared at once."""

LABELS = (
    pa.field("label", pa.int8()),
    *(pa.field(name, pa.string()) for name in ("split", "family", "place", "trigger", "dress", "act", "donor")),
    *(pa.field(name, pa.string()) for name in ("host_project", "host_sha256", "stratum")),
)
"""Columns of a label: 1 for a release with a payload, how that was made, and what it was made from."""

CHANGED_MEMBERS = pa.list_(CHANGED_TYPE)
"""Changed members of a labelled row: without their paths; `payload` is true for one that the manifest names."""

_MANIFEST = (
    "path", "sha256", "label", "split", "family", "place", "trigger", "dress", "act", "donor", "host_project",
    "host_sha256", "base_sha256", "stratum", "member", "other_members",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChangeRowsBuilt:
    """Counts of a build: rows by label, built releases without a row, and what was extracted."""

    path: Path
    payloads: int
    honest: int
    missing: int
    bytes: int
    extractions: tuple[ExtractionReport, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """One row to make: the digests of an artifact and its base, and the label of the row."""

    sha256: str
    base_sha256: str
    base_kind: str
    label: Mapping[str, object]
    payload: frozenset[str] = frozenset()


def build_change_rows(
    releases: Path,
    listing: Path,
    payloads: Sequence[Path],
    out: Path,
    into: Path,
    *,
    rows_into: Path | None = None,
    limits: Limits | None = None,
    settings: ClusterSettings | None = None,
    extract: Extract = extract_row,
    progress: Progress | None = None,
) -> ChangeRowsBuilt:
    """Read both trees and write their labelled changes to the Parquet file `into`; `out` is the folder of the stores.

    `releases` is a tree of the consecutive releases of `listing` (columns project, version, filename, sha256,
    stratum), `payloads` the folders that `boojum corpus payloads` wrote; each has a store of its name in `out`.
    `rows_into` is a second file for the artifacts' own rows on the test side, by which `boojum evaluate` compares both
    scores. Payloads of the split `BLIND` are read into a file of their own. Raises JobsError.
    """
    out, progress = out.absolute(), progress or (lambda *_: None)
    built_stores = _store_names(payloads)
    listed = {row["sha256"].lower(): row for row in read_csv(listing, ("project", "filename", "sha256", "stratum"))}
    manifests = [list(read_csv(folder / "manifest.csv", _MANIFEST)) for folder in payloads]
    if empty := [listing for _ in range(not listed)] + [f for f, m in zip(payloads, manifests, strict=True) if not m]:
        raise CorpusError(str(empty[0]), "lists nothing", "draw releases, build payloads")
    manifest = [row for rows in manifests for row in rows]
    _require_apart(manifest, into)
    lock = OutputLock(out)
    try:
        trees = (releases.absolute(), *(folder.absolute() for folder in payloads))
        stores = [feature_store(out / name, fingerprint()) for name in (RELEASES, *built_stores)]
        with lazy_cluster(
            settings or ClusterSettings(out / ".tmp", writable=(out,)), (out / LOCK_FILE, *trees), progress
        ) as cluster:
            names = (
                {row["filename"] for row in listed.values()},
                *({Path(row["path"]).name for row in rows} for rows in manifests),
            )
            extractions = tuple(
                extract_files(tree, _named(wanted), store, cluster, limits or Limits(), extract, progress)
                for tree, wanted, store in zip(trees, names, stores, strict=True)
            )
        rows = _Rows.read(stores)
        pairs = [*honest_pairs(rows.facts, listed), *built_pairs(rows.facts, manifest)]
        pairs = [pair for pair in pairs if pair.sha256 in rows.place and pair.base_sha256 in rows.place]
        table = _collect(pairs, rows, progress)
        write_changes(table, into)
        if rows_into is not None:
            write_rows(own_rows(rows, pairs), rows_into)
    finally:
        lock.release()
    built = {pair.sha256 for pair in pairs}
    labels = table.column("label").to_pylist()
    return ChangeRowsBuilt(
        path=into,
        payloads=sum(labels),
        honest=len(labels) - sum(labels),
        missing=sum(row["sha256"].lower() not in built for row in manifest),
        bytes=into.stat().st_size,
        extractions=extractions,
    )


def _require_apart(manifest: Iterable[Mapping[str, str]], into: Path) -> None:
    """Raise CorpusError where payloads that are for measuring alone would be in one file with others."""
    if {BLIND} < (splits := {row["split"] for row in manifest}):
        others = ", ".join(sorted(splits - {BLIND}))
        raise CorpusError(
            str(into),
            f"would hold payloads of the split {BLIND} beside {others}",
            "give their folder alone, and another file",
        )


def _store_names(payloads: Sequence[Path]) -> list[str]:
    """Return the name of each folder's store; raises CorpusError where two stores would have one name."""
    names = [folder.absolute().name for folder in payloads]
    for number, name in enumerate(names):
        if name in {"", RELEASES, *names[:number]}:
            raise CorpusError(
                str(payloads[number]), "has the name of another tree", "give the folder a name of its own"
            )
    return names


def _named(wanted: Iterable[str]) -> Callable[[str, int], bool]:
    """Return whether a file has one of these names, whatever its size."""
    names = frozenset(map(safe_component, wanted))
    return lambda name, _size: name in names


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of the stores: where each digest stands, and the facts of all that bases are chosen by."""

    place: Mapping[str, tuple[Path, int]]
    facts: pa.Table

    @classmethod
    def read(cls, stores: Sequence[PartStore]) -> "_Rows":
        """Read what pairs are made from; the rows themselves stay on disk."""
        names = list(dict.fromkeys((*PAIR_IDENTITY, *FACTS)))
        schema = pa.schema([feature_schema().field(name) for name in names])
        place: dict[str, tuple[Path, int]] = {}
        tables = [schema.empty_table()]
        for store in stores:
            for part in store.parts():
                table = read_part(part, names).select(names).cast(schema)
                place |= {sha256: (part, row) for row, sha256 in enumerate(table.column("sha256").to_pylist())}
                tables.append(table)
        return cls(place, pa.concat_tables(tables))

    def take(self, digests: Sequence[str], held: dict[Path, pa.Table]) -> pa.Table:
        """Return the feature rows of digests, in their order; `held` keeps the parts that were read."""
        needed = {self.place[sha256][0] for sha256 in digests}
        for part in [part for part in held if part not in needed]:
            del held[part]
        for part in sorted(needed - held.keys()):
            held[part] = _typed(read_part(part, compared_columns()))
        parts = sorted(needed)
        start: dict[Path, int] = {}
        total = 0
        for part in parts:
            start[part] = total
            total += len(held[part])
        table = pa.concat_tables([held[part] for part in parts])
        return table.take(pa.array([start[self.place[sha256][0]] + self.place[sha256][1] for sha256 in digests]))


def own_rows(rows: "_Rows", pairs: Sequence[Pair]) -> pa.Table:
    """Return the artifacts of the test side as labelled rows of the split `variant`, each once.

    Their stratum is `payloads` or `releases`, and the campaign of a payload is its family.
    """
    test = {pair.sha256: pair.label for pair in pairs if pair.label["split"] == "test"}
    schema = row_schema()
    tables = [schema.empty_table()]
    found: list[str] = []
    for part in sorted({rows.place[sha256][0] for sha256 in test}):
        table = slim_table(read_part(part, schema.names)).cast(schema)
        kept = table.filter(pc.is_in(table["sha256"], value_set=pa.array(sorted(test), pa.string())))
        first = [place for place, sha256 in enumerate(kept["sha256"].to_pylist()) if rows.place[sha256][0] == part]
        tables.append(kept.take(pa.array(first, pa.int64())))
        found += tables[-1]["sha256"].to_pylist()
    labels = [
        Label(
            sha256=sha256,
            filename="",
            size=None,
            label=int(str(test[sha256]["label"])),
            campaign=str(test[sha256]["family"]) if test[sha256]["label"] else f"benign:{test[sha256]['host_project']}",
            cluster="",
            first_seen=None,
            stratum="payloads" if test[sha256]["label"] else "releases",
            split=VARIANT,
            payload_loc="",
        )
        for sha256 in found
    ]
    return with_labels(pa.concat_tables(tables), labels)


def _typed(table: pa.Table) -> pa.Table:
    """Return a part with the types and meanings of the schema, which parts do not carry."""
    full = feature_schema()
    return table.cast(pa.schema([full.field(name) for name in table.column_names]))


def honest_pairs(facts: pa.Table, listed: Mapping[str, Mapping[str, str]]) -> Iterator[Pair]:
    """Yield the pairs of listed releases: each with the release before it and with the other file of its own."""
    digests = pa.array(listed, pa.string())
    chosen = choose_bases(facts.filter(pc.is_in(facts["sha256"], value_set=digests)), frozenset())
    for row in chosen.select(["sha256", "base_sha256", "base_kind", "project"]).to_pylist():
        stratum = listed[row["sha256"]]["stratum"]
        label = _label(0, split_of(row["project"]), HONEST, row["project"], row["sha256"], stratum)
        yield Pair(row["sha256"], row["base_sha256"], row["base_kind"], label)


def built_pairs(facts: pa.Table, manifest: Sequence[Mapping[str, str]]) -> Iterator[Pair]:
    """Yield the pairs of built releases: with the base of the manifest, and with the honest sibling of the host.

    A copy of a true release keeps its version, so its sibling is that release's other file. A raised version has none.
    """
    names = ("sha256", "project", "version", "kind")
    columns = [facts.column(name).to_pylist() for name in names]
    host = {row[0]: row for row in zip(*columns, strict=True)}
    built = {row["sha256"].lower() for row in manifest}
    others: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for sha256, project, version, kind in host.values():
        if sha256 not in built:
            others.setdefault((project, version), []).append((kind, sha256))
    for row in manifest:
        sha256, label = row["sha256"].lower(), int(row["label"])
        more = {name: row[name] for name in ("place", "trigger", "dress", "act", "donor")}
        labels = _label(
            label, row["split"], row["family"], row["host_project"], row["host_sha256"], row["stratum"], more
        )
        members = frozenset(filter(None, (row["member"], *row["other_members"].split(" | ")))) if label else frozenset()
        yield Pair(sha256, row["base_sha256"], BaseKind.RELEASE.value, labels, members)
        if row["host_sha256"] != row["base_sha256"] and row["host_sha256"] in host:
            _, project, version, kind = host[row["host_sha256"]]
            for other, sibling in sorted(others.get((project, version), ()))[:2]:
                if other != kind:
                    yield Pair(sha256, sibling, BaseKind.SIBLING.value, labels, members)
                    break


def _label(
    label: int,
    split: str,
    family: str,
    project: str,
    sha256: str,
    stratum: str,
    more: Mapping[str, str] | None = None,
) -> dict[str, object]:
    values: dict[str, object] = dict.fromkeys((field.name for field in LABELS), "")
    return values | {
        "label": label,
        "split": split,
        "family": family,
        "host_project": project,
        "host_sha256": sha256,
        "stratum": stratum,
        **(more or {}),
    }


def labelled_schema() -> pa.Schema:
    """Return the schema of labelled changes: what a model sees of a change, and its label."""
    full = change_schema()
    kept = [field for field in full if field.metadata or field.name in {"differences", "base_kind", "kind", "size"}]
    return pa.schema(
        [pa.field("sha256", pa.string()), *kept, pa.field("changed_members", CHANGED_MEMBERS), *LABELS],
        metadata=full.metadata,
    )


def _collect(pairs: Sequence[Pair], rows: _Rows, progress: Progress) -> pa.Table:
    """Return the rows of all pairs."""
    # Neighbours in the store share parts.
    order = sorted(pairs, key=lambda pair: (rows.place[pair.sha256], pair.base_sha256))
    held: tuple[dict[Path, pa.Table], dict[Path, pa.Table]] = ({}, {})
    tables = [labelled_schema().empty_table()]
    for start in range(0, len(order), BATCH_PAIRS):
        progress(start, len(order), "comparing releases")
        batch = order[start : start + BATCH_PAIRS]
        compared = compare(
            rows.take([pair.sha256 for pair in batch], held[0]),
            rows.take([pair.base_sha256 for pair in batch], held[1]),
            [pair.base_kind for pair in batch],
        )
        tables.append(labelled_table(compared, batch))
    progress(len(order), len(order), "comparing releases")
    return pa.concat_tables(tables)


def labelled_table(changes: pa.Table, pairs: Sequence[Pair]) -> pa.Table:
    """Return change rows with their labels and without what quotes a package, as a table of `labelled_schema()`."""
    schema = labelled_schema()
    members = [
        [_labelled_member(member, pair.payload) for member in (listed or ())[:MOST_MEMBERS]]
        for listed, pair in zip(changes.column("changed_members").to_pylist(), pairs, strict=True)
    ]
    columns: dict[str, object] = {name: changes.column(name) for name in schema.names if name in changes.column_names}
    columns["changed_members"] = pa.array(members, CHANGED_MEMBERS)
    for field in LABELS:
        columns[field.name] = pa.array([pair.label[field.name] for pair in pairs], field.type)
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)


def _labelled_member(member: Mapping[str, object], payload: frozenset[str]) -> dict[str, object]:
    kept = {field.name: member.get(field.name) for field in CHANGED_MEMBERS.value_type}
    return kept | {"payload": member["path"] in payload}
