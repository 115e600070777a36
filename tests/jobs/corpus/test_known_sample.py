from datetime import UTC, datetime

import pytest
from packaging.utils import NormalizedName, canonicalize_name

from jobs.corpus.crawl import CrawlCache, CrawledFile, CrawledProject
from jobs.corpus.known_sample import sample_known


def normalized(*names: str) -> list[NormalizedName]:
    return [canonicalize_name(name) for name in names]


def crawled(name: str, *files: tuple[str, str, str, int], yanked: bool = False) -> CrawledProject:
    """`files` are (version, day, kind, size)."""
    return CrawledProject(
        canonicalize_name(name),
        "",
        "",
        (),
        tuple(
            CrawledFile(f"{name}-{version}.{kind}", version, size, f"{name}{version}{kind}", "b", at(day), kind, yanked)
            for version, day, kind, size in files
        ),
    )


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


@pytest.fixture
def cache(tmp_path) -> CrawlCache:
    made = CrawlCache(tmp_path / "crawl")
    made.add(
        [
            crawled(
                "a",
                ("1.0", "2020-05-01", "sdist", 10),
                ("1.1", "2022-05-01", "sdist", 10),
                ("1.2", "2022-06-01", "wheel", 10),
                ("1.2", "2022-06-02", "sdist", 11),
                ("2.0", "2023-06-01", "native_wheel", 10),
                ("2.1", "2023-05-01", "sdist", 99),
                ("3.0", "2024-05-01", "wheel", 10),
                ("4.0rc1", "2025-05-01", "sdist", 10),
            ),
            crawled("b", ("1", "2019-01-01", "wheel", 10)),
            crawled("gone"),
            crawled("pulled", ("1", "2022-01-01", "sdist", 10), yanked=True),
            crawled("evil", ("1", "2022-01-01", "sdist", 10)),
            crawled("c", ("1", "2022-01-01", "sdist", 10)),
        ]
    )
    return made


def test_the_newest_and_that_of_each_year_are_listed(cache):
    rows = sample_known(normalized("a", "b"), cache, years=(2022, 2023, 2024, 2025), max_bytes=50)
    assert [(r.project, r.version, r.kind) for r in rows] == [
        ("a", "3.0", "wheel"),
        ("b", "1", "wheel"),
        ("a", "4.0rc1", "sdist"),
        ("a", "1.2", "sdist"),
    ]
    assert {r.stratum for r in rows} == {"known"}


def test_names_without_files_do_not_count_and_excluded_ones_are_left_out(cache):
    names = normalized("gone", "unheard-of", "pulled", "evil", "b", "c", "a")
    rows = sample_known(names, cache, exclude=normalized("evil"), projects=2)
    assert [r.project for r in rows] == ["b", "c"]
