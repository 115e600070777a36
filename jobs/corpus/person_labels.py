"""Turns the labels that people gave to files of a mirror into labelled rows, from the rows of its store."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from features.schema import fingerprint
from jobs.corpus.rows import Label, collect_rows, with_labels
from jobs.store.lock import reading
from jobs.store.part_store import feature_store
from model.rows import write_rows

STRATUM = "labelled"
"""Stratum of these rows."""


@dataclass(frozen=True, slots=True)
class LabelledRowsBuilt:
    """Counts of a build: rows by label, and the digests without a row in the store."""

    path: Path
    malicious: int
    benign: int
    missing: tuple[str, ...]


def build_labelled_rows(out: Path, malicious: Mapping[str, bool], into: Path) -> LabelledRowsBuilt:
    """Write the rows of the store below `out` whose sha256 has a label to the Parquet file `into`.

    `malicious` is the label of each digest. All rows are in the split `train`. The campaign of a malicious row is its
    project, since no one said which of them belong together.
    """
    with reading(out):
        table = collect_rows([feature_store(out, fingerprint())], malicious)
    digests, names, projects = (table[column].to_pylist() for column in ("sha256", "filename", "project"))
    labels = [
        Label(
            sha256=sha256,
            filename=filename,
            size=None,
            label=int(malicious[sha256]),
            campaign=f"project:{project}" if malicious[sha256] else f"benign:{project}",
            cluster="",
            first_seen=None,
            stratum="malware" if malicious[sha256] else STRATUM,
            split="train",
            payload_loc="",
        )
        for sha256, filename, project in zip(digests, names, projects, strict=True)
    ]
    into.parent.mkdir(parents=True, exist_ok=True)
    write_rows(with_labels(table, labels), into)
    number = sum(label.label for label in labels)
    return LabelledRowsBuilt(into, number, len(labels) - number, tuple(sorted(set(malicious) - set(digests))))
