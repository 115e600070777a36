from datetime import UTC, datetime
from random import Random

import pytest

from jobs.corpus.listing import write_csv
from jobs.corpus.mirror_writer import MirrorWriter
from jobs.corpus.payloads.donors import read_donors, read_payload
from jobs.corpus.variants.contract import NotApplicableError
from tests.jobs.corpus.variants.conftest import SDIST, tar_bytes

COLUMNS = ("sha256", "filename", "project", "version", "date", "cluster_id", "cluster_ioc", "split", "payload_loc")


@pytest.fixture
def malware(tmp_path):
    tree = MirrorWriter(tmp_path / "tree")
    rows = []
    for name, split, place, setup in (
        ("one", "train", "setup", "from setuptools import setup\nprint('the mark')\nsetup()\n"),
        ("two", "recent", "init", "print('other')\n"),
        ("held", "dev", "setup", "print('never')\n"),
        ("gone", "train", "none_visible", ""),
    ):
        data = tar_bytes({**SDIST, "setup.py": setup, "quillbox/__init__.py": f"{setup}# {name}\n"}, f"{name}-1/")
        placed = tree.add(name, "1", f"{name}-1.tar.gz", data, datetime(2025, 2, 1, tzinfo=UTC))
        rows.append(
            (
                placed.sha256,
                f"{name}-1.tar.gz",
                name,
                "1",
                "2025-02-01",
                "7",
                "" if name == "two" else f"c-{name}",
                split,
                place,
            )
        )
    tree.finish()
    write_csv(tmp_path / "malware.csv", COLUMNS, rows)
    return tmp_path / "malware.csv", tmp_path / "tree"


def test_donors_are_of_train_and_recent_alone(malware):
    donors = read_donors(malware[0], malware[1], 1)
    assert {("one", "c-one"), ("two", "cluster:7")} == {(donor.project, donor.campaign) for donor in donors}
    assert donors == read_donors(malware[0], malware[1], 1)


def test_a_payload_is_the_source_of_the_member_that_holds_it(malware):
    donors = {donor.project: donor for donor in read_donors(malware[0], malware[1], 1)}
    code = read_payload(donors["one"], lambda *_: pytest.fail("is labelled exactly"), Random(1))
    assert "the mark" in code
    assert "setup()" not in code
    code = read_payload(donors["two"], lambda path, name: ("two-1/quillbox/__init__.py",), Random(1))
    assert "# two" in code


def test_an_empty_payload_is_none(malware, tmp_path):
    tree = MirrorWriter(tmp_path / "tree")
    data = tar_bytes({"setup.py": " \n"}, "empty-1/")
    placed = tree.add("empty", "1", "empty-1.tar.gz", data, datetime(2025, 2, 1, tzinfo=UTC))
    tree.finish()
    write_csv(
        tmp_path / "m.csv",
        COLUMNS,
        [(placed.sha256, "empty-1.tar.gz", "empty", "1", "2025-02-01", "7", "", "train", "setup")],
    )
    with pytest.raises(NotApplicableError, match="empty or too large"):
        read_payload(read_donors(tmp_path / "m.csv", tmp_path / "tree", 1)[0], lambda *_: (), Random(1))
