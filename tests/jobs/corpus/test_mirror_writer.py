import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.corpus.contract import CorpusError
from jobs.corpus.layout import tree_path
from jobs.corpus.mirror_writer import MirrorWriter
from jobs.mirror.reading import read_inventory
from jobs.mirror.root import open_mirror
from tests.jobs.corpus.conftest import read_tree

UPLOADED = datetime(2021, 5, 4, 3, 2, 1, tzinfo=UTC)
LATER = datetime(2022, 6, 5, 4, 3, 2, 123456, tzinfo=UTC)


def snapshot(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def write_small(root: Path) -> MirrorWriter:
    writer = MirrorWriter(root)
    writer.add("Some.Project", "1.0", "some_project-1.0.tar.gz", b"one", UPLOADED, info={"summary": "A thing"})
    writer.add(
        "some-project",
        "1.1",
        "some_project-1.1-py3-none-any.whl",
        b"two",
        LATER,
        requires_python=">=3.8",
        yanked=True,
        yanked_reason="broken & <odd>",
    )
    writer.add("other", "2", "other-2.zip", b"three", LATER)
    return writer


def test_a_file_is_at_the_path_of_its_digest(tmp_path):
    placed = MirrorWriter(tmp_path).add("six", "1.0", "six-1.0.tar.gz", b"bytes", UPLOADED)
    path = tmp_path / placed.path
    digest = hashlib.blake2b(path.read_bytes(), digest_size=32).hexdigest()
    assert placed.path == f"web/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/six-1.0.tar.gz"
    assert placed.blake2b_256 == digest
    assert placed.sha256 == hashlib.sha256(b"bytes").hexdigest()
    assert path.stat().st_mtime == UPLOADED.timestamp()


def test_json_and_pages_list_the_added_files(tmp_path):
    write_small(tmp_path).finish(7)
    document = json.loads((tmp_path / "web/json/some-project").read_text())
    assert document["info"] == {"name": "Some.Project", "summary": "A thing", "version": "1.1"}
    assert sorted(document["releases"]) == ["1.0", "1.1"]
    assert document["releases"]["1.0"][0]["upload_time_iso_8601"] == "2021-05-04T03:02:01.000000Z"
    assert document["urls"][0]["packagetype"] == "bdist_wheel"
    assert (tmp_path / "web/pypi/some-project/json").read_bytes() == (tmp_path / "web/json/some-project").read_bytes()

    page = json.loads((tmp_path / "web/simple/some-project/index.v1_json").read_text())
    assert page["meta"] == {"api-version": "1.1", "_last-serial": "7"}
    assert [f["filename"] for f in page["files"]] == [
        "some_project-1.0.tar.gz",
        "some_project-1.1-py3-none-any.whl",
    ]
    assert [f["yanked"] for f in page["files"]] == [False, "broken & <odd>"]
    for file in page["files"]:
        target = tmp_path / "web/simple/some-project" / file["url"]
        assert hashlib.sha256(target.read_bytes()).hexdigest() == file["hashes"]["sha256"]


def test_the_html_page_escapes_and_links_to_the_files(tmp_path):
    write_small(tmp_path).finish(7)
    page = (tmp_path / "web/simple/some-project/index.html").read_text()
    assert page == (tmp_path / "web/simple/some-project/index.v1_html").read_text()
    assert 'data-requires-python="&gt;=3.8"' in page
    assert 'data-yanked="broken &amp; &lt;odd&gt;"' in page
    assert page.endswith("<!--SERIAL 7-->")
    for href in re.findall(r'href="([^"#]+)#', page):
        assert (tmp_path / "web/simple/some-project" / href).is_file()


def test_root_index_and_state_files(tmp_path):
    assert write_small(tmp_path).finish(41, when=UPLOADED) == 41
    assert (tmp_path / "status").read_text() == "41"
    assert (tmp_path / "generation").read_text() == "5"
    assert (tmp_path / "web/last-modified").read_text() == "20210504T03:02:01\n"
    index = json.loads((tmp_path / "web/simple/index.v1_json").read_text())
    assert index["projects"] == [{"name": "other"}, {"name": "some-project"}]
    assert '<a href="other/">other</a>' in (tmp_path / "web/simple/index.html").read_text()
    assert MirrorWriter(tmp_path).finish() == 42


def test_an_existing_tree_is_continued(tmp_path):
    write_small(tmp_path).finish(1, when=UPLOADED)
    again = MirrorWriter(tmp_path)
    again.add("Some.Project", "2.0", "some_project-2.0.tar.gz", b"new", LATER)
    again.finish(2, when=UPLOADED)
    document = json.loads((tmp_path / "web/json/some-project").read_text())
    assert sorted(document["releases"]) == ["1.0", "1.1", "2.0"]
    assert document["releases"]["1.1"][0]["yanked_reason"] == "broken & <odd>"
    assert document["info"]["summary"] == "A thing"
    assert len(read_tree(tmp_path)) == 4


def test_adding_the_same_again_changes_no_byte_and_no_inode(tmp_path):
    write_small(tmp_path).finish(1, when=UPLOADED)
    before = snapshot(tmp_path)
    page = (tmp_path / "web/json/some-project").stat()
    write_small(tmp_path).finish(1, when=UPLOADED)
    assert snapshot(tmp_path) == before
    assert (tmp_path / "web/json/some-project").stat() == page


def test_a_flush_writes_only_what_changed_since_the_last(tmp_path):
    writer = write_small(tmp_path)
    writer.flush()
    before = (tmp_path / "web/json/some-project").stat()
    writer.add("other", "3", "other-3.zip", b"four", LATER)
    writer.flush()
    assert (tmp_path / "web/json/some-project").stat() == before
    assert "other-3.zip" in (tmp_path / "web/json/other").read_text()


def test_a_file_is_found_by_name_and_digest_while_the_tree_holds_it(tmp_path):
    placed = MirrorWriter(tmp_path).add("six", "1", "six-1.tar.gz", b"bytes", UPLOADED)
    writer = MirrorWriter(tmp_path)
    assert writer.find("six", "six-1.tar.gz", placed.sha256) is None, "not listed: it was never flushed"
    writer.add("six", "1", "six-1.tar.gz", b"bytes", UPLOADED)
    writer.flush()
    assert MirrorWriter(tmp_path).find("SIX", "six-1.tar.gz", placed.sha256) == placed
    assert writer.find("six", "six-1.tar.gz", "0" * 64) is None
    (tmp_path / placed.path).unlink()
    assert writer.find("six", "six-1.tar.gz", placed.sha256) is None


def test_two_files_of_one_name_are_both_listed(tmp_path):
    writer = MirrorWriter(tmp_path)
    first = writer.add("six", "1", "six-1.tar.gz", b"one", UPLOADED)
    second = writer.add("six", "1", "six-1.tar.gz", b"other", UPLOADED)
    writer.finish(1)
    assert first.path != second.path
    assert [f for _, f in read_tree(tmp_path)] == sorted([first, second], key=lambda f: f.sha256)


def test_an_odd_name_stays_true_in_the_json(tmp_path):
    writer = MirrorWriter(tmp_path)
    placed = writer.add("odd", "1", "../odd 1.tar.gz", b"bytes", UPLOADED)
    writer.finish(1)
    assert (tmp_path / placed.path).is_file()
    document = json.loads((tmp_path / "web/json/odd").read_text())
    assert document["releases"]["1"][0]["filename"] == "../odd 1.tar.gz"
    assert placed.path == tree_path(placed.blake2b_256, "_._odd 1.tar.gz")
    assert MirrorWriter(tmp_path).find("odd", "../odd 1.tar.gz", placed.sha256) == placed


def test_the_inventory_of_a_mirror_finds_every_file_and_no_fault(tmp_path):
    write_small(tmp_path).finish(7, when=UPLOADED)
    mirror = open_mirror(tmp_path)
    inventory = read_inventory(mirror)
    assert [(row["project"], row["version"], row["listed"], row["yanked"]) for row in inventory.table.to_pylist()] == [
        ("other", "2", True, False),
        ("some-project", "1.0", True, False),
        ("some-project", "1.1", True, True),
    ]
    assert inventory.notes == ()
    assert (mirror.serial, mirror.last_modified) == (7, UPLOADED)


def test_a_root_that_is_a_file_is_an_error_with_a_hint(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CorpusError, match="is not a folder") as caught:
        MirrorWriter(tmp_path / "file")
    assert caught.value.hint


def test_a_document_of_somebody_else_is_an_error_that_names_it(tmp_path):
    (tmp_path / "web/json").mkdir(parents=True)
    (tmp_path / "web/json/six").write_text("[]")
    with pytest.raises(CorpusError, match="json/six"):
        MirrorWriter(tmp_path).add("six", "1", "six-1.zip", b"", UPLOADED)


def test_a_yank_that_came_later_is_written(tmp_path):
    write_small(tmp_path).finish(1)
    writer = MirrorWriter(tmp_path)
    writer.add("other", "2", "other-2.zip", b"three", LATER, yanked=True)
    writer.flush(2)
    assert [True] == [file.yanked for _, file in read_tree(tmp_path) if file.filename == "other-2.zip"]


def test_info_that_came_later_is_written(tmp_path):
    write_small(tmp_path).finish(1)
    writer = MirrorWriter(tmp_path)
    writer.add("other", "2", "other-2.zip", b"three", LATER, info={"summary": "New"})
    writer.flush(2)
    assert "New" == json.loads((tmp_path / "web/json/other").read_text())["info"]["summary"]
