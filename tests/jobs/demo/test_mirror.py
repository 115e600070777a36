import hashlib
import zipfile

import pytest

from features.extract import extract_row
from features.limits import Limits
from jobs.corpus.contract import CorpusError
from jobs.demo import write_demo_mirror
from jobs.mirror.reading import read_inventory
from jobs.mirror.root import open_mirror


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return write_demo_mirror(tmp_path_factory.mktemp("demo"))


def digests(root):
    return {
        str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in root.rglob("*") if p.is_file()
    }


def test_the_mirror_has_one_example_of_each_finding(demo):
    inventory = read_inventory(open_mirror(demo.root))
    assert (demo.projects, demo.files) == (30, 115)
    assert inventory.counts["artifacts"] == demo.files
    assert inventory.counts["pages"] == demo.projects
    odd = {code: n for code, n in inventory.counts.items() if n and code not in ("artifacts", "bytes", "pages")}
    assert odd == {"partial_downloads": 1, "unlisted": 1}
    rows = {row["filename"]: row for row in inventory.table.to_pylist()}
    assert rows[demo.unlisted]["listed"] is False
    assert rows[demo.yanked]["yanked"] is True
    assert set(demo.lookalikes) <= set(rows)
    assert inventory.notes[0].path.endswith(demo.partial)
    wrong = [
        name
        for name, row in rows.items()
        if hashlib.blake2b((demo.root / "web" / row["path"]).read_bytes(), digest_size=32).hexdigest()
        != row["blake2b_256"]
    ]
    assert wrong == [demo.mismatched]
    assert not zipfile.is_zipfile(demo.root / "web" / rows[demo.damaged]["path"])
    assert (
        extract_row(demo.root / "web" / rows[demo.unreadable]["path"], demo.unreadable, Limits()).status == "unreadable"
    )


def test_the_mirror_has_the_same_bytes_every_time(demo, tmp_path):
    write_demo_mirror(tmp_path)
    once = digests(tmp_path)
    write_demo_mirror(tmp_path)
    assert once == digests(tmp_path) == digests(demo.root)


def test_a_folder_that_holds_something_else_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CorpusError):
        write_demo_mirror(tmp_path / "file")


def test_progress_names_each_project(tmp_path):
    seen = []
    demo = write_demo_mirror(tmp_path, lambda done, total, what: seen.append((done, total)))
    assert [(number + 1, demo.projects) for number in range(demo.projects)] == seen
