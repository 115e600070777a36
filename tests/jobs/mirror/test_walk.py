import os
from pathlib import Path

import pytest

from jobs.contract import WalkNote
from jobs.mirror.walk import CODES, KEPT, FoundFile, WalkLog, is_distribution, walk_files


def walk(root, start=""):
    log = WalkLog()
    return sorted(found.path for found in walk_files(root, start, log)), log


def met(log):
    return {code: count for code, count in log.counts().items() if count}


def test_a_regular_file_is_yielded_with_its_size_and_time(tmp_path):
    (tmp_path / "a" / ".git").mkdir(parents=True)
    (tmp_path / "a" / ".git" / "x.whl").write_bytes(b"12345")
    os.utime(tmp_path / "a" / ".git" / "x.whl", ns=(0, 1_600_000_000_123_456_789))
    log = WalkLog()
    status = (tmp_path / "a" / ".git" / "x.whl").stat()
    assert [FoundFile("a/.git/x.whl", 5, 1_600_000_000_123_456_789, status.st_ctime_ns, status.st_ino)] == list(
        walk_files(tmp_path, "", log)
    )
    assert met(log) == {}


@pytest.mark.parametrize("name", [".six-1.16.0.tar.gz.k3v_91xa", ".x.whl.00000000", ".s3keep", ".boojum." + "0" * 16])
def test_partial_downloads_are_left_out(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    paths, log = walk(tmp_path)
    assert paths == []
    assert met(log) == {"partial_downloads": 1}
    assert [(f.code, f.path) for f in log.notes()] == [("partial_downloads", name)]


@pytest.mark.parametrize("name", [".hidden-1.0.tar.gz", ".x.whl.ABCDEFGH", "x.whl.k3v_91xa", "six-1.0.tar.gz.asc", "a"])
def test_a_file_with_an_odd_name_is_yielded(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    assert walk(tmp_path)[0] == [name]


def test_a_metadata_file_is_a_sidecar_only_beside_its_distribution(tmp_path):
    for name in ("six-1.0-py3-none-any.whl", "six-1.0-py3-none-any.whl.metadata", "gone-1.0-py3-none-any.whl.metadata"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "payload.metadata").write_bytes(b"x")
    paths, log = walk(tmp_path)
    assert paths == ["payload.metadata", "six-1.0-py3-none-any.whl"]
    assert met(log) == {"sidecars": 1, "orphan_sidecars": 1}


def test_only_links_to_files_of_the_tree_are_followed(tmp_path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "packages").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.whl").write_bytes(b"x")
    (root / "pool.whl").write_bytes(b"123")
    (root / "packages" / "inside.whl").symlink_to("../pool.whl")
    (root / "packages" / "outside.whl").symlink_to(outside / "secret.whl")
    (root / "packages" / "broken.whl").symlink_to("/nowhere/at/all")
    (root / "packages" / "self.whl").symlink_to("self.whl")
    (root / "packages" / "up").symlink_to("..")
    (root / "packages" / "away").symlink_to(outside)
    paths, log = walk(root, "packages")
    assert paths == ["packages/inside.whl"]
    assert met(log) == {"outside_links": 1, "broken_links": 2, "folder_links": 2}


def test_the_start_may_be_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "x.whl").write_bytes(b"x")
    (tmp_path / "disk" / "y.whl").symlink_to("x.whl")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "packages").symlink_to(tmp_path / "disk")
    assert walk(tmp_path / "web", "packages")[0] == ["packages/x.whl", "packages/y.whl"]


def test_pipes_are_never_opened(tmp_path):
    os.mkfifo(tmp_path / "x.whl")
    (tmp_path / "y.whl").symlink_to("x.whl")
    paths, log = walk(tmp_path)
    assert paths == []
    assert met(log) == {"special_files": 2}


def test_folders_that_vanish_or_may_not_be_read_are_logged(tmp_path, monkeypatch):
    for name in ("gone", "shut", "good"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.whl").write_bytes(b"x")
    plain = os.scandir

    def scandir(path):
        if path.endswith("/gone"):
            raise FileNotFoundError(2, "No such file or directory", path)
        if path.endswith("/shut"):
            raise PermissionError(13, "Permission denied", path)
        return plain(path)

    monkeypatch.setattr(os, "scandir", scandir)
    paths, log = walk(tmp_path)
    assert paths == ["good/x.whl"]
    assert met(log) == {"vanished": 1, "unreadable_dirs": 1}
    assert [(f.code, f.path) for f in log.notes()] == [("unreadable_dirs", "shut"), ("vanished", "gone")]


def test_a_file_that_vanishes_before_its_status_is_read_is_logged(tmp_path, monkeypatch):
    (tmp_path / "x.whl").write_bytes(b"x")
    plain = os.scandir

    class Scan:
        def __init__(self, path):
            self.inner = plain(path)

        def __enter__(self):
            return self

        def __exit__(self, *exc_info):
            self.inner.close()

        def __iter__(self):
            for entry in self.inner:
                Path(entry.path).unlink()
                yield entry

    monkeypatch.setattr(os, "scandir", Scan)
    paths, log = walk(tmp_path)
    assert paths == []
    assert met(log) == {"vanished": 1}


def test_a_disk_error_within_a_folder_is_logged(tmp_path, monkeypatch):
    (tmp_path / "x.whl").write_bytes(b"x")

    class Scan:
        def __init__(self, path):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *exc_info):
            pass

        def __iter__(self):
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "scandir", Scan)
    paths, log = walk(tmp_path)
    assert paths == []
    assert met(log) == {"unreadable_dirs": 1}


def test_a_name_that_is_not_utf8_is_yielded_with_escapes(tmp_path):
    os.close(os.open(os.fsencode(tmp_path) + b"/caf\xe9-1.0.zip", os.O_CREAT | os.O_WRONLY))
    paths, log = walk(tmp_path)
    assert paths == ["caf\\xe9-1.0.zip"]
    assert met(log) == {"undecodable_names": 1}


def test_names_that_differ_by_an_escape_only_are_all_yielded_and_each_opens_its_own_file_or_none(tmp_path):
    for name in (b"q\xff.whl", rb"q\xff.whl", b"\\xff\xfe.whl", b"\xff\\xfe.whl"):
        (tmp_path / os.fsdecode(name)).write_bytes(name)
    paths, log = walk(tmp_path)
    assert 4 == len(set(paths))
    assert [rb"q\xff.whl"] == [(tmp_path / path).read_bytes() for path in paths if (tmp_path / path).exists()]
    assert met(log) == {"undecodable_names": 3}


def test_a_link_out_of_the_mirror_is_named_although_a_thousand_files_have_other_notes(tmp_path):
    _, log = walk(tmp_path)
    for number in range(500):
        log.add("broken_links", f"{number:03}", "A link to nothing.")
    log.add("outside_links", "evil", "A link out of the mirror; it is not followed.")
    assert ["broken_links"] * 20 + ["outside_links"] == [note.code for note in log.notes()[:21]]
    assert 501 == len({note.path for note in log.notes()})


@pytest.mark.parametrize("suffix", [".tlz", ".tar.lz", ".tar.lzma"])
def test_every_suffix_that_pip_unpacks_is_a_distribution(tmp_path, suffix):
    (tmp_path / f"six-1.0{suffix}").write_bytes(b"not known by its first bytes")
    log = WalkLog()
    assert all(is_distribution(tmp_path, found, log) for found in walk_files(tmp_path, "", log))
    assert met(log) == {}


def test_a_path_that_is_too_long_ends_the_walk_of_its_branch_only(tmp_path):
    here = os.open(tmp_path, os.O_RDONLY)
    (tmp_path / "good.whl").write_bytes(b"x")
    for _ in range(60):
        os.mkdir("d" * 200, dir_fd=here)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    paths, log = walk(tmp_path)
    assert paths == ["good.whl"]
    assert log.counts()["unreadable_dirs"] + log.counts()["unreadable_files"] == 1


def test_the_same_thousand_notes_of_a_code_are_kept_in_any_order():
    names = [f"{n:05}" for n in range(3 * KEPT)]
    logs = WalkLog(), WalkLog()
    for log, order in zip(logs, (names, names[::-1]), strict=True):
        for name in order:
            log.add("unlisted", name, "x")
    assert logs[0].notes() == logs[1].notes() == tuple(WalkNote("unlisted", n, "x") for n in names[:KEPT])
    assert logs[0].counts()["unlisted"] == 3 * KEPT
    assert set(logs[0].counts()) == set(CODES)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("six-1.16.0.tar.gz", b"", True),
        ("SIX-1.16.0.ZIP", b"no zip", True),
        ("six.bin", b"PK\x03\x04rest", True),
        ("six", b"\x1f\x8b\x08", True),
        ("six.dat", b"x" * 257 + b"ustar\x0000", True),
        ("README.md", b"# six\n", False),
        ("empty", b"", False),
    ],
)
def test_a_distribution_is_known_by_its_suffix_or_its_first_bytes(tmp_path, name, content, expected):
    (tmp_path / name).write_bytes(content)
    log = WalkLog()
    assert is_distribution(tmp_path, FoundFile(name, len(content), 0), log) is expected
    assert met(log) == ({} if expected else {"other_files": 1})


def test_a_file_that_may_not_be_read_is_no_distribution_and_is_logged(tmp_path, monkeypatch):
    (tmp_path / "what").write_bytes(b"PK\x03\x04")

    def refuse(self, *args):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(type(tmp_path), "open", refuse)
    log = WalkLog()
    assert not is_distribution(tmp_path, FoundFile("what", 4, 0), log)
    assert met(log) == {"unreadable_files": 1}
