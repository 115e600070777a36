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
def test_signs(members, expected):
    assert find_signs(sdist(**members)) == expected


def test_what_cannot_be_read_bears_no_sign(monkeypatch):
    whole = sdist(setup__py=b"exec(1)" + bytes(100))
    assert find_signs(b"") == []
    assert find_signs(b"no archive") == []
    assert find_signs(gzip.compress(b"no tar" * 999)) == []
    monkeypatch.setattr(module, "_MOST_INFLATED", 512)
    assert find_signs(whole) == []


def test_candidates_are_looked_into_once(index, tmp_path):
    hard, plain = sdist(setup__py=b"exec(1)"), sdist(setup__py=b"setup()")
    index.add("hard", "1", "hard-1.tar.gz", hard, "2021-01-01T00:00:00Z")
    index.add("plain", "1", "plain-1.tar.gz", plain, "2021-01-01T00:00:00Z")
    index.add("gone", "1", "gone-1.tar.gz", b"gone", "2021-01-01T00:00:00Z")
    known = CrawlCache(tmp_path / "projects")
    crawl(index.client(), map(canonicalize_name, ("hard", "plain", "gone")), known)
    candidates = [(p, p.files[0]) for p in known.projects()]
    index.pages["/simple/gone/"] = (404, "text/plain", b"")
    index.asked.clear()
    assert scan_setups(index.client(), candidates, tmp_path / "s.jsonl") == {"hard": ["setup exec"]}
    assert scan_setups(index.client(), candidates, tmp_path / "s.jsonl") == {"hard": ["setup exec"]}
    assert index.asked["/simple/hard/"] == index.asked["/simple/plain/"] == 1
    assert index.asked["/simple/gone/"] == 2, "what could not be had is asked for again"
