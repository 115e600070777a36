import os
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.mirror.bandersnatch_conf import MirrorError
from jobs.mirror.root import MirrorLayout, TodoState, open_mirror


def make_web(root, *folders):
    for name in folders or ("packages", "simple", "json", "pypi", "local-stats/days"):
        (root / "web" / name).mkdir(parents=True)
    return root


def codes(mirror):
    return [note.code for note in mirror.notes]


def refuse(monkeypatch, *names):
    """Make files of these names unreadable, also to root."""
    plain = os.open

    def opened(path, *args, **kwargs):
        if Path(path).name in names:
            raise PermissionError(13, "Permission denied", str(path))
        return plain(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", opened)


def test_the_directory_of_a_mirror_is_a_mirror(tmp_path):
    make_web(tmp_path)
    (tmp_path / "status").write_text("12345")
    (tmp_path / "web" / "last-modified").write_text("20261122T05:28:41\n")
    mirror = open_mirror(tmp_path)
    assert (mirror.root, mirror.layout, mirror.config) == (tmp_path / "web", MirrorLayout.BANDERSNATCH, None)
    assert (mirror.serial, mirror.todo, mirror.notes) == (12345, None, ())
    assert mirror.last_modified == datetime(2026, 11, 22, 5, 28, 41, tzinfo=UTC)


def test_the_web_folder_of_a_mirror_is_the_mirror(tmp_path):
    make_web(tmp_path)
    (tmp_path / "status").write_text("7")
    mirror = open_mirror(tmp_path / "web")
    assert (mirror.root, mirror.serial) == (tmp_path / "web", 7)


def test_a_web_folder_under_another_name_has_no_state(tmp_path):
    make_web(tmp_path)
    (tmp_path / "web").rename(tmp_path / "pypi")
    (tmp_path / "todo").write_text("buy milk\n")
    mirror = open_mirror(tmp_path / "pypi")
    assert (mirror.layout, mirror.root, mirror.todo) == (MirrorLayout.BANDERSNATCH, tmp_path / "pypi", None)


def test_the_conf_of_a_mirror_leads_to_it(tmp_path):
    make_web(tmp_path / "mirror")
    conf = tmp_path / "bandersnatch.conf"
    conf.write_text(f"[mirror]\ndirectory = {tmp_path}/mirror\nhash-index = true\n")
    mirror = open_mirror(conf)
    assert (mirror.root, mirror.config, mirror.options.hash_index) == (tmp_path / "mirror" / "web", conf, True)


def test_a_mirror_without_files_has_nothing_to_audit(tmp_path):
    make_web(tmp_path / "mirror", "simple", "json")
    conf = tmp_path / "bandersnatch.conf"
    conf.write_text(f"[mirror]\ndirectory = {tmp_path}/mirror\nrelease-files = false\n")
    assert codes(open_mirror(conf)) == ["no_release_files"]


def test_a_mirror_that_was_never_synced_is_empty(tmp_path):
    (tmp_path / "mirror").mkdir()
    conf = tmp_path / "bandersnatch.conf"
    conf.write_text(f"[mirror]\ndirectory = {tmp_path}/mirror\n")
    assert codes(open_mirror(conf)) == ["empty_mirror"]


@pytest.mark.parametrize(
    "folders",
    [("packages/ab",), ("packages", "simple"), ("local-stats",), ("simple", "json")],
)
def test_a_web_folder_needs_two_of_its_folders_or_one_that_no_other_tree_has(tmp_path, folders):
    make_web(tmp_path, *folders)
    assert open_mirror(tmp_path).layout is MirrorLayout.BANDERSNATCH
    assert open_mirror(tmp_path / "web").layout is MirrorLayout.BANDERSNATCH


def test_index_pages_alone_are_a_mirror(tmp_path):
    make_web(tmp_path, "simple/six")
    (tmp_path / "web" / "simple" / "index.html").write_text("")
    assert open_mirror(tmp_path).layout is MirrorLayout.BANDERSNATCH


def test_a_folder_with_one_typical_name_is_a_plain_folder(tmp_path):
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "six-1.16.0.tar.gz").write_bytes(b"")
    mirror = open_mirror(tmp_path)
    assert (mirror.layout, mirror.root, mirror.notes) == (MirrorLayout.FOLDER, tmp_path, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("120\nsix 100\nattrs 119", TodoState(2, 120)),
        ("None\nsix 0", TodoState(1, None)),
        ("None\n", TodoState(0, None)),
        ("", TodoState(0, None)),
    ],
)
def test_an_interrupted_sync_is_noted_with_the_projects_left(tmp_path, text, expected):
    make_web(tmp_path)
    (tmp_path / "todo").write_text(text)
    mirror = open_mirror(tmp_path)
    assert mirror.todo == expected
    assert codes(mirror) == ["sync_unfinished"]
    assert f"{expected.left} projects" in mirror.notes[0].detail


def test_state_files_that_may_not_be_read_are_unknown_and_noted(tmp_path, monkeypatch):
    make_web(tmp_path)
    for name in ("status", "todo", "web/last-modified"):
        (tmp_path / name).write_text("1")
    refuse(monkeypatch, "status", "todo", "last-modified")
    mirror = open_mirror(tmp_path)
    assert (mirror.serial, mirror.todo, mirror.last_modified) == (None, TodoState(None), None)
    assert codes(mirror) == ["unreadable_state"] * 3


@pytest.mark.skipif(os.geteuid() == 0, reason="permission bits do not bind root")
def test_a_status_file_without_permissions_is_noted(tmp_path):
    make_web(tmp_path)
    (tmp_path / "status").write_text("1")
    (tmp_path / "status").chmod(0)
    assert codes(open_mirror(tmp_path)) == ["unreadable_state"]


@pytest.mark.parametrize("status", ["", "12x", "-1", "9" * 40, "\x00\xff"])
def test_a_state_file_with_other_content_is_unknown_and_noted(tmp_path, status):
    make_web(tmp_path)
    (tmp_path / "status").write_text(status)
    (tmp_path / "web" / "last-modified").write_text("yesterday")
    mirror = open_mirror(tmp_path)
    assert (mirror.serial, mirror.last_modified) == (None, None)
    assert codes(mirror) == ["odd_state", "odd_state"]


def test_a_path_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(MirrorError, match="does not exist") as caught:
        open_mirror(tmp_path / "gone")
    assert "mounted" in caught.value.hint
    with pytest.raises(MirrorError, match="does not exist"):
        open_mirror(tmp_path / "gone" / "deeper")


def test_a_file_that_is_no_conf_is_an_error(tmp_path):
    path = tmp_path / "six.whl"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(MirrorError, match="is a file") as caught:
        open_mirror(path)
    assert "boojum scan" in caught.value.hint


def test_a_pipe_is_an_error(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(MirrorError, match="neither a folder nor a file"):
        open_mirror(tmp_path / "pipe")


def test_a_folder_that_may_not_be_read_is_an_error(tmp_path, monkeypatch):
    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(MirrorError, match="may not be read") as caught:
        open_mirror(tmp_path)
    assert "user" in caught.value.hint


def test_a_loop_of_links_is_an_error(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(MirrorError, match="cannot be read"):
        open_mirror(tmp_path / "a")


def test_mirrors_and_errors_can_be_pickled(tmp_path):
    make_web(tmp_path)
    mirror = open_mirror(tmp_path)
    assert pickle.loads(pickle.dumps(mirror)) == mirror
    with pytest.raises(MirrorError) as caught:
        open_mirror(tmp_path / "gone")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.hint) == (str(caught.value), caught.value.hint)
