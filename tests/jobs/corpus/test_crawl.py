from datetime import UTC, datetime

import pytest
from packaging.utils import canonicalize_name

from jobs.corpus import crawl as module
from jobs.corpus.crawl import CrawlCache, CrawledProject, count_dependents, crawl, file_kind, parse_project

A, B, T, GONE = map(canonicalize_name, ("a", "b", "t", "gone"))
DOCUMENT = {
    "info": {
        "summary": "A thing",
        "keywords": ["one", "two"],
        "requires_dist": ["Requests[socks] (>=2)", "foo.bar ; extra == 'x'", "!broken"],
    },
    "releases": {
        "2.0": [
            {
                "filename": "t-2.0-py3-none-any.whl",
                "size": 7,
                "digests": {"sha256": "aa", "blake2b_256": "bb"},
                "packagetype": "bdist_wheel",
                "upload_time_iso_8601": "2022-01-01T00:00:00Z",
                "yanked": True,
            }
        ],
        "1.0": [
            {
                "filename": "t-1.0.tar.gz",
                "size": 5,
                "digests": {"sha256": "cc"},
                "packagetype": "sdist",
                "upload_time_iso_8601": "2021-01-01T00:00:00Z",
            },
            {
                "filename": "undated.zip",
                "size": 5,
                "digests": {"sha256": "dd"},
                "packagetype": "sdist",
                "upload_time_iso_8601": None,
            },
        ],
    },
}


def test_a_projects_json_becomes_a_record_in_order_of_upload():
    project = parse_project(T, DOCUMENT)
    assert (project.name, project.summary, project.keywords) == ("t", "A thing", "one two")
    assert project.requires == ("foo-bar", "requests")
    assert [(f.version, f.kind, f.yanked, f.upload_time.year) for f in project.files] == [
        ("1.0", "sdist", False, 2021),
        ("2.0", "wheel", True, 2022),
    ]


@pytest.mark.parametrize(
    ("filename", "packagetype", "expected"),
    [
        ("a-1.tar.gz", "sdist", "sdist"),
        ("a-1-py3-none-any.whl", "bdist_wheel", "wheel"),
        ("a-1-cp311-cp311-manylinux_2_17_x86_64.whl", "bdist_wheel", "native_wheel"),
        ("a-1-py2.7.egg", "bdist_egg", "egg"),
        ("a-1.exe", "bdist_wininst", "other"),
    ],
)
def test_the_kind_of_a_file_is_its_type_and_platform(filename, packagetype, expected):
    assert file_kind(filename, packagetype) == expected


def test_a_cache_is_read_back_from_disk(tmp_path):
    project = parse_project(T, DOCUMENT)
    CrawlCache(tmp_path).add([project])
    CrawlCache(tmp_path).add([CrawledProject(GONE, "", "", (), ())])
    again = CrawlCache(tmp_path)
    assert again.get(T) == project
    assert GONE in again
    assert again.get(GONE) == CrawledProject(GONE, "", "", (), ())
    assert again.get(A) is None


def test_a_name_is_requested_once_even_over_calls(index, tmp_path):
    index.add("a", "1", "a-1.zip", b"a", "2021-01-01T00:00:00Z")
    assert crawl(index.client(), [A, GONE, A], CrawlCache(tmp_path)) == 0
    assert crawl(index.client(), [A, GONE], CrawlCache(tmp_path)) == 0
    assert dict(index.requests) == {"/pypi/a/json": 1, "/pypi/gone/json": 1}
    project = CrawlCache(tmp_path).get(A)
    assert project is not None
    assert project.files[0].upload_time == datetime(2021, 1, 1, tzinfo=UTC)


def test_an_unanswered_name_is_counted_and_requested_again(index, tmp_path):
    index.add("a", "1", "a-1.zip", b"a", "2021-01-01T00:00:00Z")
    good = index.pages["/pypi/a/json"]
    index.pages["/pypi/a/json"] = (500, "text/plain", b"")
    index.pages["/pypi/b/json"] = (200, "application/json", b'{"info": 3}')
    assert crawl(index.client(retries=0), [A, B], CrawlCache(tmp_path)) == 2
    index.pages["/pypi/a/json"] = good
    assert crawl(index.client(retries=0), [A], CrawlCache(tmp_path)) == 0
    assert A in CrawlCache(tmp_path)
    assert B not in CrawlCache(tmp_path)


def test_ctrl_c_keeps_the_crawled_projects(index, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_PROJECTS_PER_PART", 2)
    names = [canonicalize_name(f"p{i}") for i in range(9)]
    for name in names:
        index.add(name, "1", f"{name}-1.zip", b"a", "2021-01-01T00:00:00Z")

    def interrupt(done: int, total: int, note: str) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crawl(index.client(threads=1), names, CrawlCache(tmp_path), progress=interrupt)
    assert 4 <= len(CrawlCache(tmp_path)) < 9


def test_dependents_are_counted_once_each_and_not_by_oneself():
    def requiring(name: str, *requires: str) -> CrawledProject:
        return CrawledProject(canonicalize_name(name), "", "", tuple(map(canonicalize_name, requires)), ())

    projects = [
        requiring("a", "numpy", "a"),
        requiring("b", "numpy", "requests"),
        requiring("c", "attrs"),
    ]
    assert count_dependents(projects) == [("numpy", 2), ("attrs", 1), ("requests", 1)]
