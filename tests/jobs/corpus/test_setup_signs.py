import gzip
import io
import tarfile

import pytest
from packaging.utils import canonicalize_name

from jobs.corpus import setup_signs as module
from jobs.corpus.crawl import CrawlCache, crawl
from jobs.corpus.setup_signs import find_signs, scan_setups


def sdist(**members: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(f"t-1/{name.replace('__', '.').replace('_in_', '/')}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"setup__py": b"setup(name='t')"}, []),
        ({"setup__py": b"setup(cmdclass={'install': X})"}, ["setup cmdclass"]),
        ({"setup__py": b"import subprocess, base64"}, ["setup decode", "setup subprocess"]),
        ({"setup__py": b"exec(open('v').read())"}, ["setup exec"]),
        ({"setup__py": b"urlretrieve(u, f)"}, ["setup download"]),
        ({"sub_in_setup__py": b"exec(1)"}, []),
        ({"t__pth": b"import t"}, ["ships .pth"]),
    ],
)
def test_signs_are_found_in_the_top_setup_alone(members, expected):
    assert find_signs(sdist(**members)) == expected


def test_an_unreadable_sdist_has_no_sign(monkeypatch):
    whole = sdist(setup__py=b"exec(1)" + bytes(100))
    assert find_signs(b"") == []
    assert find_signs(b"no archive") == []
    assert find_signs(gzip.compress(b"no tar" * 999)) == []
    monkeypatch.setattr(module, "_MAX_INFLATED_BYTES", 512)
    assert find_signs(whole) == []


def test_candidates_are_scanned_once(index, tmp_path):
    hard, plain = sdist(setup__py=b"exec(1)"), sdist(setup__py=b"setup()")
    index.add("hard", "1", "hard-1.tar.gz", hard, "2021-01-01T00:00:00Z")
    index.add("plain", "1", "plain-1.tar.gz", plain, "2021-01-01T00:00:00Z")
    index.add("gone", "1", "gone-1.tar.gz", b"gone", "2021-01-01T00:00:00Z")
    known = CrawlCache(tmp_path / "projects")
    crawl(index.client(), map(canonicalize_name, ("hard", "plain", "gone")), known)
    projects = [known.get(canonicalize_name(name)) for name in ("hard", "plain", "gone")]
    candidates = [(p, p.files[0]) for p in projects if p is not None]
    index.pages["/simple/gone/"] = (404, "text/plain", b"")
    index.requests.clear()
    assert scan_setups(index.client(), candidates, tmp_path / "s.jsonl") == {"hard": ["setup exec"]}
    assert scan_setups(index.client(), candidates, tmp_path / "s.jsonl") == {"hard": ["setup exec"]}
    assert index.requests["/simple/hard/"] == index.requests["/simple/plain/"] == 1
    assert index.requests["/simple/gone/"] == 2, "a file that could not be had is requested again"


def test_a_cached_line_that_a_kill_cut_short_is_scanned_again(index, tmp_path):
    hard = sdist(setup__py=b"exec(1)")
    index.add("hard", "1", "hard-1.tar.gz", hard, "2021-01-01T00:00:00Z")
    known = CrawlCache(tmp_path / "projects")
    crawl(index.client(), [canonicalize_name("hard")], known)
    project = known.get(canonicalize_name("hard"))
    assert project is not None
    (tmp_path / "s.jsonl").write_text(f'["{project.files[0].sha256}", ["set')
    assert scan_setups(index.client(), [(project, project.files[0])], tmp_path / "s.jsonl") == {"hard": ["setup exec"]}


def test_a_large_sdist_or_another_archive_is_not_requested(index, tmp_path, monkeypatch):
    index.add("a", "1", "a-1.tar.gz", sdist(setup__py=b"exec(1)"), "2021-01-01T00:00:00Z")
    index.add("b", "1", "b-1.zip", b"exec(1)", "2021-01-01T00:00:00Z")
    known = CrawlCache(tmp_path / "projects")
    crawl(index.client(), map(canonicalize_name, ("a", "b")), known)
    monkeypatch.setattr(module, "MAX_SDIST_BYTES", 10)
    projects = [known.get(canonicalize_name(name)) for name in ("a", "b")]
    candidates = [(p, p.files[0]) for p in projects if p is not None]
    assert scan_setups(index.client(), candidates, tmp_path / "s.jsonl") == {}
    assert not [path for path in index.requests if path.startswith("/files/")]
