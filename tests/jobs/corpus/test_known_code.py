import gzip
import hashlib
import io
import tarfile
from datetime import UTC, datetime

import pytest
from packaging.utils import NormalizedName, canonicalize_name

from features.reference.known_code import read_known
from jobs.corpus.benign import build_benign
from jobs.corpus.contract import CorpusError
from jobs.corpus.crawl import CrawlCache, CrawledFile, CrawledProject
from jobs.corpus.known_code import build_known_code, locate_listed, select_from_mirror
from jobs.corpus.known_sample import sample_known
from jobs.corpus.listing import read_list, write_list
from jobs.corpus.mirror_writer import MirrorWriter
from jobs.mirror.root import open_mirror


def normalized(*names: str) -> list[NormalizedName]:
    return [canonicalize_name(name) for name in names]


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def sdist(name: str, **sources: str) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for stem, text in {**sources, "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n"}.items():
            data = text.encode()
            info = tarfile.TarInfo(f"{name}-1/{stem}" if stem == "PKG-INFO" else f"{name}-1/{name}/{stem}.py")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(made.getvalue(), mtime=0)


def code(word: str) -> str:
    return f"def {word}():\n    return 1\n{'#' * 200}\n"


@pytest.fixture
def fetched(index, tmp_path):
    """A tree of two projects that share a module, and a list that names a third whose file is no archive."""
    contents = {
        "one": sdist("one", mine=code("one"), shared=code("shared"), tiny="x = 1\n"),
        "two": sdist("two", mine=code("two"), shared=code("shared")),
        "odd": b"no archive",
    }
    made = CrawlCache(tmp_path / "crawl")
    for name, content in contents.items():
        sha256 = index.add(name, "1", f"{name}-1.tar.gz", content, "2022-01-01T00:00:00Z")
        blake = hashlib.blake2b(content, digest_size=32).hexdigest()
        file = CrawledFile(f"{name}-1.tar.gz", "1", len(content), sha256, blake, at("2022-01-01"), "sdist", False)
        made.add([CrawledProject(canonicalize_name(name), "", "", (), (file,))])
    rows = sample_known(normalized(*contents), made)
    assert not build_benign(rows, tmp_path / "tree", client=index.client()).missing
    return rows


def build(rows, tmp_path, **more):
    files = locate_listed(rows, tmp_path / "tree")
    return build_known_code(files, tmp_path / "known.parquet", cache=tmp_path / "read.jsonl", **more)


def test_an_index_is_built_from_a_tree(fetched, tmp_path):
    seen: list[tuple[int, int]] = []
    report = build(fetched, tmp_path, progress=lambda done, total, _: seen.append((done, total)))
    known = read_known(tmp_path / "known.parquet")
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert (report.artifacts, report.digests, report.shared, report.projects) == (3, 3, 0, 2)
    assert report.unread == {"It is not an archive.": 1}
    assert report.bytes == (tmp_path / "known.parquet").stat().st_size
    owned = sorted(tuple(known.projects[o] for o in known.owners_at(at)) for at in range(len(known)))
    assert owned == [("one",), ("one", "two"), ("two",)]


@pytest.mark.slow
def test_processes_build_the_same_index(fetched, tmp_path):
    build(fetched, tmp_path)
    alone = (tmp_path / "known.parquet").read_bytes()
    (tmp_path / "read.jsonl").unlink()
    build(fetched, tmp_path, processes=2)
    assert (tmp_path / "known.parquet").read_bytes() == alone


def test_a_second_build_reads_only_new_artifacts(fetched, tmp_path):
    build(fetched, tmp_path)
    first = (tmp_path / "known.parquet").read_bytes()
    lines = (tmp_path / "read.jsonl").read_text()
    (tmp_path / "read.jsonl").write_text(lines + '["cut sho')
    for path in (tmp_path / "tree").rglob("one-1.tar.gz"):
        path.unlink()
    report = build(fetched, tmp_path)
    assert (tmp_path / "known.parquet").read_bytes() == first
    assert report.unread == {"It is not an archive.": 1}


def test_a_tree_that_holds_none_of_the_list_is_an_error(fetched, tmp_path):
    with pytest.raises(CorpusError, match="holds no source"):
        build_known_code(
            locate_listed(fetched, tmp_path / "empty"), tmp_path / "known.parquet", cache=tmp_path / "read.jsonl"
        )
    assert not (tmp_path / "known.parquet").exists()


def test_a_compressed_list_is_the_same_list(fetched, tmp_path):
    write_list(tmp_path / "known.csv", fetched)
    write_list(tmp_path / "known.csv.gz", fetched)
    assert read_list(tmp_path / "known.csv.gz") == read_list(tmp_path / "known.csv") == fetched
    assert gzip.decompress((tmp_path / "known.csv.gz").read_bytes()) == (tmp_path / "known.csv").read_bytes()


CODE = b"def count(sheep):\n    return len(sheep)\n" * 5


def sdist_of(name, version, files):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for path, data in files.items():
            info = tarfile.TarInfo(f"{name}-{version}/{path}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return made.getvalue()


@pytest.mark.parametrize("layout", ["bandersnatch", "folder"])
def test_an_index_of_ones_own_projects_on_a_mirror(tmp_path, layout):
    writer = MirrorWriter(tmp_path / "mirror")
    for name, version in (("ours", "1.0"), ("ours", "2.0"), ("ours", "3.0a1"), ("theirs", "1.0")):
        content = sdist_of(name, version, {"a.py": CODE + f"# {name} {version}\r\n".encode()})
        if layout == "folder":
            (tmp_path / "mirror").mkdir(exist_ok=True)
            (tmp_path / "mirror" / f"{name}-{version}.tar.gz").write_bytes(content)
        else:
            writer.add(name, version, f"{name}-{version}.tar.gz", content, at("2024-01-01"))
    if layout == "bandersnatch":
        writer.finish(1)
    mirror = open_mirror(tmp_path / "mirror")
    found = select_from_mirror(mirror, ["Ours", "absent"], releases=2)
    assert [file.filename for file in found] == ["ours-2.0.tar.gz", "ours-1.0.tar.gz"]
    report = build_known_code(found, tmp_path / "own.parquet", cache=tmp_path / "read.jsonl", as_stored=True)
    # Each file by its digest with its line ends as they are, and as the features compare it.
    assert (report.projects, report.digests) == (1, 4)
    for file in found:
        file.path.unlink()
    again = build_known_code(found, tmp_path / "own.parquet", cache=tmp_path / "read.jsonl", as_stored=True)
    assert (again.digests, again.unread) == (4, {})
