import json
import os
import shutil
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from features.contract import Artifact, Kind
from jobs.corpus.layout import place_file
from jobs.corpus.mirror_writer import MirrorWriter
from jobs.mirror.inventory import SCHEMA
from jobs.mirror.reading import read_inventory
from jobs.mirror.root import MirrorLayout, open_mirror

TIME = datetime(2021, 5, 5, 14, 18, 17, 123456, tzinfo=UTC)


def make_mirror(root, *filenames):
    """Write a mirror of bandersnatch's layout with one file a name; return the files by name."""
    writer = MirrorWriter(root)
    placed = {}
    for name in filenames:
        project, version = name.removesuffix(".tar.gz").split("-")[:2]
        placed[name] = writer.add(project, version, name, name.encode(), TIME)
    writer.finish(5)
    return placed


def take(root):
    return read_inventory(open_mirror(root))


def column(inventory, name):
    return dict(zip(inventory.table["filename"].to_pylist(), inventory.table[name].to_pylist(), strict=True))


def met(inventory):
    extent = ("artifacts", "bytes", "pages")
    return {code: count for code, count in inventory.counts.items() if count and code not in extent}


def test_a_file_of_a_mirror_becomes_an_artifact(tmp_path):
    placed = make_mirror(tmp_path, "Six_More-1.16.0.tar.gz")["Six_More-1.16.0.tar.gz"]
    inventory = take(tmp_path)
    expected = Artifact(
        path=placed.path.removeprefix("web/"),
        filename="Six_More-1.16.0.tar.gz",
        size=22,
        project="six-more",
        version="1.16.0",
        kind=Kind.SDIST,
        blake2b_256=placed.blake2b_256,
        upload_time=TIME,
        listed=True,
        yanked=False,
    )
    (row,) = inventory.table.to_pylist()
    assert expected == Artifact(**{**row, "kind": Kind(row["kind"])})
    assert inventory.table.schema.equals(SCHEMA)
    assert (met(inventory), inventory.notes) == ({}, ())
    assert {k: inventory.counts[k] for k in ("artifacts", "bytes", "pages")} == {
        "artifacts": 1,
        "bytes": 22,
        "pages": 1,
    }


def test_rows_are_sorted_by_project_version_and_filename(tmp_path):
    make_mirror(tmp_path, "b-1.0.tar.gz", "a-2.0.tar.gz", "a-1.0.tar.gz", "a-1.0-py3-none-any.whl")
    expected = ["a-1.0-py3-none-any.whl", "a-1.0.tar.gz", "a-2.0.tar.gz", "b-1.0.tar.gz"]
    assert take(tmp_path).table["filename"].to_pylist() == expected


def test_the_size_of_batches_does_not_change_the_inventory(tmp_path, monkeypatch):
    make_mirror(tmp_path, *(f"p{n}-1.0.tar.gz" for n in range(25)))
    for gone in ("p7", "p24"):
        shutil.rmtree(tmp_path / "web" / "simple" / gone)
    (tmp_path / "web" / "simple" / "p9" / "index.html").write_text("<a href")
    whole = take(tmp_path)
    assert {"p7-1.0.tar.gz", "p24-1.0.tar.gz"} == {k for k, v in column(whole, "listed").items() if v is False}
    assert 2 == whole.counts["unlisted"]
    monkeypatch.setattr("jobs.mirror.reading._BATCH_FILES", 4)
    reports = []
    parts = read_inventory(open_mirror(tmp_path), lambda *report: reports.append(report))
    assert parts.table.equals(whole.table)


def test_a_walk_restores_the_memory_pool_of_arrow(tmp_path):
    make_mirror(tmp_path, "a-1.0.tar.gz")
    before = pa.default_memory_pool().backend_name
    take(tmp_path)
    assert before == pa.default_memory_pool().backend_name


@pytest.mark.parametrize("kept", ["index.v1_json", "index.v1_html", "index.html"])
def test_one_form_of_pages_is_enough(tmp_path, kept):
    make_mirror(tmp_path, "a-1.0.tar.gz", "b-1.0.tar.gz")
    for page in (tmp_path / "web" / "simple").rglob("index.*"):
        if page.name != kept:
            page.unlink()
    inventory = take(tmp_path)
    assert column(inventory, "listed") == {"a-1.0.tar.gz": True, "b-1.0.tar.gz": True}
    assert met(inventory) == {}


def test_without_pages_it_is_unknown_which_files_are_listed(tmp_path):
    make_mirror(tmp_path, "a-1.0.tar.gz")
    for page in (tmp_path / "web" / "simple").rglob("index.*"):
        page.unlink()
    (tmp_path / "web" / "simple" / "a").rmdir()
    inventory = take(tmp_path)
    assert column(inventory, "listed") == {"a-1.0.tar.gz": None}
    assert column(inventory, "yanked") == {"a-1.0.tar.gz": None}
    assert met(inventory) == {}


def test_pages_of_a_hash_index_are_read(tmp_path):
    make_mirror(tmp_path, "six-1.0.tar.gz")
    simple = tmp_path / "web" / "simple"
    (simple / "s").mkdir()
    (simple / "six").rename(simple / "s" / "six")
    assert column(take(tmp_path), "listed") == {"six-1.0.tar.gz": True}


def test_kept_index_versions_are_read_in_a_tree_that_was_moved(tmp_path):
    make_mirror(tmp_path / "there", "six-1.0.tar.gz")
    folder = tmp_path / "there" / "web" / "simple" / "six"
    (folder / "versions").mkdir()
    for suffix in ("html", "v1_html", "v1_json"):
        page, kept = folder / f"index.{suffix}", folder / "versions" / f"index_5_2026-11-22T052841Z.{suffix}"
        page.rename(kept)
        page.symlink_to(kept)
    assert met(take(tmp_path / "there")) == {}
    (tmp_path / "there").rename(tmp_path / "here")
    inventory = take(tmp_path / "here")
    assert column(inventory, "listed") == {"six-1.0.tar.gz": True}
    assert met(inventory) == {"index_fallbacks": 1}
    assert inventory.notes[0].path == "simple/six/index.v1_json"


def test_an_absolute_url_lists_the_file_of_its_path(tmp_path):
    placed = make_mirror(tmp_path, "six-1.0.tar.gz")["six-1.0.tar.gz"]
    page = tmp_path / "web" / "simple" / "six" / "index.v1_json"
    url = f"https://files.example.invalid/packages/mirror/{placed.path.removeprefix('web/')}#sha256={placed.sha256}"
    page.write_text(json.dumps({"files": [{"filename": "six-1.0.tar.gz", "url": url}]}))
    assert column(take(tmp_path), "listed") == {"six-1.0.tar.gz": True}


def test_unlisted_yanked_and_missing_files_are_distinguished(tmp_path):
    writer = MirrorWriter(tmp_path)
    writer.add("a", "1.0", "a-1.0.tar.gz", b"1", TIME)
    writer.add("a", "1.1", "a-1.1.tar.gz", b"2", TIME, yanked=True, yanked_reason="broken")
    gone = writer.add("a", "1.2", "a-1.2.tar.gz", b"3", TIME)
    writer.finish()
    (tmp_path / gone.path).unlink()
    unlisted = place_file(tmp_path, "a-0.9.tar.gz", b"0", TIME)
    inventory = take(tmp_path)
    assert column(inventory, "listed") == {"a-0.9.tar.gz": False, "a-1.0.tar.gz": True, "a-1.1.tar.gz": True}
    assert column(inventory, "yanked") == {"a-0.9.tar.gz": None, "a-1.0.tar.gz": False, "a-1.1.tar.gz": True}
    assert met(inventory) == {"unlisted": 1, "listed_missing": 1}
    assert [(f.code, f.path) for f in inventory.notes] == [("unlisted", unlisted.path.removeprefix("web/"))]


def test_files_of_a_project_whose_page_cannot_be_read_are_not_unlisted(tmp_path):
    make_mirror(tmp_path, "a-1.0.tar.gz", "b-1.0.tar.gz")
    for page in (tmp_path / "web" / "simple" / "a").iterdir():
        page.write_text("rubbish")
    inventory = take(tmp_path)
    assert column(inventory, "listed") == {"a-1.0.tar.gz": None, "b-1.0.tar.gz": True}
    assert met(inventory) == {"malformed_pages": 3}


def test_the_same_bytes_under_two_names_are_two_artifacts(tmp_path):
    writer = MirrorWriter(tmp_path)
    listed = writer.add("a", "1.0", "a-1.0.tar.gz", b"same", TIME)
    writer.finish()
    place_file(tmp_path, "b-1.0.tar.gz", b"same", TIME)
    inventory = take(tmp_path)
    assert column(inventory, "listed") == {"a-1.0.tar.gz": True, "b-1.0.tar.gz": False}
    assert set(column(inventory, "blake2b_256").values()) == {listed.blake2b_256}


def test_leftovers_of_downloads_are_no_artifacts(tmp_path):
    placed = make_mirror(tmp_path, "a-1.0-py3-none-any.whl")["a-1.0-py3-none-any.whl"]
    path = tmp_path / placed.path
    path.with_name(".a-1.0-py3-none-any.whl.x7_k2j4m").write_bytes(b"half")
    path.with_name("a-1.0-py3-none-any.whl.metadata").write_bytes(b"Metadata-Version: 2.1")
    inventory = take(tmp_path)
    assert inventory.table["filename"].to_pylist() == ["a-1.0-py3-none-any.whl"]
    assert met(inventory) == {"partial_downloads": 1, "sidecars": 1}


def test_odd_places_and_names_are_rows(tmp_path):
    make_mirror(tmp_path, "a-1.0.tar.gz")
    packages = tmp_path / "web" / "packages"
    (packages / "source" / "q").mkdir(parents=True)
    (packages / "source" / "q" / "q-1.0.zip").write_bytes(b"")
    (packages / "AB" / "cd" / ("0" * 60)).mkdir(parents=True)
    (packages / "AB" / "cd" / ("0" * 60) / "what is this?").write_bytes(b"")
    inventory = take(tmp_path)
    assert column(inventory, "kind") == {"a-1.0.tar.gz": "sdist", "q-1.0.zip": "sdist", "what is this?": "unknown"}
    assert {k for k, v in column(inventory, "blake2b_256").items() if not v} == {"q-1.0.zip", "what is this?"}
    assert met(inventory) == {"odd_layout": 2, "unlisted": 2}


def test_times_beyond_datetime_are_unknown(tmp_path):
    placed = make_mirror(tmp_path, "a-1.0.tar.gz", "b-1.0.tar.gz", "c-1.0.tar.gz")
    for name, seconds in (("a-1.0.tar.gz", -5), ("b-1.0.tar.gz", 300_000_000_000)):
        try:
            os.utime(tmp_path / placed[name].path, (seconds, seconds))
        except OSError:
            pytest.skip("this file system holds no such times")
    times = take(tmp_path).table["upload_time"].to_pylist()
    assert times[0] is None
    assert times[2] == TIME


def test_an_empty_mirror_has_an_empty_inventory(tmp_path):
    MirrorWriter(tmp_path).finish()
    inventory = take(tmp_path)
    assert (len(inventory.table), inventory.table.schema) == (0, SCHEMA)
    assert met(inventory) == {"nothing_to_audit": 1}


def test_a_mirror_without_release_files(tmp_path):
    page = {"files": [{"url": "https://files.example.invalid/packages/ab/cd/" + "0" * 60 + "/six-1.0.tar.gz"}]}
    folder = tmp_path / "mirror" / "web" / "simple" / "six"
    folder.mkdir(parents=True)
    (folder / "index.v1_json").write_text(json.dumps(page))
    conf = tmp_path / "bandersnatch.conf"
    conf.write_text(f"[mirror]\ndirectory = {tmp_path}/mirror\nrelease-files = false\n")
    mirror = open_mirror(conf)
    inventory = read_inventory(mirror)
    assert len(inventory.table) == 0
    assert met(inventory) == {"nothing_to_audit": 1, "listed_missing": 1}
    assert [note.code for note in mirror.notes] == ["no_release_files"]


def test_a_mirror_that_vanishes_after_it_was_opened(tmp_path):
    make_mirror(tmp_path / "m", "a-1.0.tar.gz")
    mirror = open_mirror(tmp_path / "m")
    (tmp_path / "m").rename(tmp_path / "n")
    assert met(read_inventory(mirror)) == {"nothing_to_audit": 1}


def test_packages_that_may_not_be_read(tmp_path, monkeypatch):
    make_mirror(tmp_path, "a-1.0.tar.gz")
    mirror = open_mirror(tmp_path)
    plain = os.scandir

    def scandir(path):
        if os.fspath(path).endswith("packages"):
            raise PermissionError(13, "Permission denied", path)
        return plain(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert met(read_inventory(mirror)) == {"unreadable_dirs": 1, "nothing_to_audit": 1, "listed_missing": 1}


def test_a_plain_folder_has_an_inventory_without_digests(tmp_path):
    (tmp_path / "old" / "deeper").mkdir(parents=True)
    (tmp_path / "Six-1.16.0.tar.gz").write_bytes(b"x")
    (tmp_path / "old" / "six-1.15.0-py2.py3-none-any.whl").write_bytes(b"x")
    (tmp_path / "old" / "deeper" / "nameless").write_bytes(b"PK\x03\x04")
    (tmp_path / "README.txt").write_bytes(b"these are my files")
    (tmp_path / "me").symlink_to(".")
    mirror = open_mirror(tmp_path)
    inventory = read_inventory(mirror)
    assert mirror.layout is MirrorLayout.FOLDER
    assert inventory.table.select(["path", "project", "version", "kind"]).to_pylist() == [
        {"path": "old/deeper/nameless", "project": "", "version": "", "kind": "unknown"},
        {"path": "old/six-1.15.0-py2.py3-none-any.whl", "project": "six", "version": "1.15.0", "kind": "wheel"},
        {"path": "Six-1.16.0.tar.gz", "project": "six", "version": "1.16.0", "kind": "sdist"},
    ]
    assert inventory.table["listed"].null_count == 3
    assert met(inventory) == {"other_files": 1, "folder_links": 1}


def test_an_empty_folder(tmp_path):
    inventory = take(tmp_path)
    assert (len(inventory.table), met(inventory)) == (0, {"nothing_to_audit": 1})


def test_a_thousand_unlisted_files_are_named_and_all_are_counted(tmp_path):
    make_mirror(tmp_path, "a-1.0.tar.gz")
    folder = tmp_path / "web" / "packages" / "aa" / "bb" / ("0" * 60)
    folder.mkdir(parents=True)
    for n in range(1_005):
        (folder / f"x-{n}.zip").write_bytes(b"")
    inventory = take(tmp_path)
    assert inventory.counts["unlisted"] == 1_005
    assert len(inventory.notes) == 1_000


def test_a_name_that_is_not_utf8(tmp_path):
    make_mirror(tmp_path, "a-1.0.tar.gz")
    os.close(os.open(os.fsencode(tmp_path) + b"/web/packages/caf\xe9-1.0.zip", os.O_CREAT | os.O_WRONLY))
    inventory = take(tmp_path)
    assert "packages/caf\\xe9-1.0.zip" in inventory.table["path"].to_pylist()
    assert inventory.counts["undecodable_names"] == 1


def test_the_table_of_a_large_mirror_is_small(tmp_path):
    make_mirror(tmp_path, *(f"project{n}-1.0.tar.gz" for n in range(200)))
    rows = take(tmp_path).rows
    assert isinstance(rows, pa.Table)
    assert rows.nbytes / len(rows) < 120


@pytest.mark.parametrize("page", ["index.v1_json", "index.html"])
def test_the_project_of_an_installer_is_that_of_the_page_that_lists_it(tmp_path, page):
    writer = MirrorWriter(tmp_path)
    for name in ("python3-six_1.16.0-1_all.deb", "Setup.Six.msi", "six-1.16.0.tar.gz"):
        writer.add("six", "1.16.0", name, name.encode(), TIME)
    writer.finish(5)
    for other in {"index.v1_json", "index.v1_html", "index.html"} - {page}:
        (tmp_path / "web" / "simple" / "six" / other).unlink()
    inventory = take(tmp_path)
    assert {"six"} == set(column(inventory, "project").values())
    assert "1.16.0" == column(inventory, "version")["python3-six_1.16.0-1_all.deb"]
    assert inventory.table["project"].to_pylist() == sorted(inventory.table["project"].to_pylist())


def test_an_installer_that_two_projects_list_has_the_project_of_its_name(tmp_path):
    writer = MirrorWriter(tmp_path)
    writer.add("six", "1.0", "other-1.0.msi", b"x", TIME)
    writer.finish(5)
    page = tmp_path / "web" / "simple" / "six"
    shutil.copytree(page, page.with_name("evil"))
    assert {"other-1.0.msi": "other"} == column(take(tmp_path), "project")
