from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from jobs.corpus.contract import ListedFile
from jobs.corpus.crawl import CrawledFile, CrawledProject
from jobs.corpus.strata import (
    TRAINING_END,
    apportion,
    assign_split,
    choose_fresh,
    choose_hard,
    choose_matching,
    choose_pairs,
    choose_popular,
    choose_random,
    hard_words,
    interleave,
    size_bin,
)

OLD = datetime(2023, 3, 1, tzinfo=UTC)
NEW = datetime(2026, 3, 1, tzinfo=UTC)
TODAY = datetime(2026, 11, 22, tzinfo=UTC)


def file(name: str, version: str, time: datetime, kind: str = "sdist", size: int = 3_000, yanked: bool = False):
    filename = f"{name}-{version}-{kind}"
    return CrawledFile(filename, version, size, f"{filename}!", "", time, kind, yanked)


def project(name: str, *files: CrawledFile) -> CrawledProject:
    return CrawledProject(canonicalize_name(name), "", "", (), files or (file(name, "1", OLD),))


def names(rows: list[list[ListedFile]]) -> list[str]:
    return [group[0].project for group in rows]


def when(row: ListedFile) -> datetime:
    assert row.upload_time is not None
    return row.upload_time


def size_of(row: ListedFile) -> int:
    assert row.size is not None
    return row.size


MANY = [project(f"p{i}") for i in range(300)]


def test_the_random_draw_is_the_same_whatever_the_order_and_moves_little_in_a_larger_crawl():
    chosen = choose_random(MANY, 50, seed=1)
    assert chosen == choose_random(reversed(MANY), 50, seed=1)
    assert names(chosen) != names(choose_random(MANY, 50, seed=2))
    larger = choose_random([*MANY, *(project(f"q{i}") for i in range(30))], 50, seed=1)
    assert len(set(names(chosen)) & set(names(larger))) >= 40


def test_random_takes_one_file_a_project_and_none_over_30_mb():
    big = project("big", file("big", "1", OLD, size=30_000_001))
    two = project("two", file("two", "1", OLD), file("two", "2", NEW))
    rows = choose_random([big, two], 5, seed=1)
    assert [len(g) for g in rows] == [1]
    assert names(rows) == ["two"]


def test_fresh_is_the_first_release_of_a_young_project_with_few_files():
    young = project("young", file("young", "1", NEW), file("young", "2", NEW + timedelta(days=1)))
    crowded = project("crowded", *(file("crowded", str(i), NEW) for i in range(7)))
    aged = project("aged", file("aged", "1", OLD), file("aged", "2", NEW))
    rows = choose_fresh([young, crowded, aged], 5, 1, TODAY)
    assert [(g[0].project, g[0].version) for g in rows] == [("young", "1")]


def test_pairs_are_consecutive_releases_of_one_kind():
    files = [
        file("a", v, OLD + timedelta(days=i), kind)
        for i, (v, kind) in enumerate([("1", "sdist"), ("1", "wheel"), ("2", "sdist"), ("3", "wheel"), ("4", "sdist")])
    ]
    allowed = {("1", "2"), ("2", "4"), ("1", "3")}
    seen = set()
    for seed in range(40):
        [[older, newer]] = choose_pairs([project("a", *files), project("one")], 2, seed)
        assert older.kind == newer.kind
        assert older.split == newer.split
        seen.add((older.version, newer.version))
    assert seen == allowed


def test_popular_is_the_newest_final_release_sdist_and_wheel():
    files = [
        file("a", "1.0", OLD), file("a", "1.0", OLD, "wheel"),
        file("a", "2.0", NEW), file("a", "2.0", NEW, "wheel"),
        file("a", "3.0rc1", NEW + timedelta(days=1)),
        file("a", "2.1", NEW + timedelta(days=2), yanked=True),
    ]  # fmt: skip
    [group] = choose_popular([project("a", *files)], 10, seed=1)
    assert [(f.version, f.kind) for f in group] == [("2.0", "sdist"), ("2.0", "wheel")]


def test_popular_prefers_native_wheels_where_there_are_some():
    native = CrawledFile("a-1-cp311-manylinux_x86_64.whl", "1", 9, "n", "", NEW, "native_wheel", False)
    kinds: Counter[str] = Counter()
    for seed in range(60):
        [group] = choose_popular([project("a", file("a", "1", NEW, "wheel"), native)], 10, seed)
        kinds.update(f.kind for f in group)
    assert kinds["native_wheel"] > kinds["wheel"] > 0


def test_hard_takes_each_sign_in_turn_and_half_from_before_the_cut():
    old = [project(f"o{i}", file(f"o{i}", "1", OLD)) for i in range(30)]
    new = [project(f"n{i}", file(f"n{i}", "1", NEW)) for i in range(30)]
    signs: dict[str, list[str]] = {p.name: ["bot"] if i % 6 else ["wallet"] for i, p in enumerate(old + new)}
    rows = choose_hard(signs, old + new, 16, seed=1)
    assert Counter(when(g[0]) < TRAINING_END for g in rows) == {True: 8, False: 8}
    assert Counter(signs[g[0].project][0] for g in rows) == {"bot": 8, "wallet": 8}
    assert len(set(names(rows))) == 16


def test_a_setup_sign_takes_the_sdist():
    both = project("a", file("a", "1", OLD), file("a", "1", OLD, "wheel"))
    for seed in range(20):
        [[row]] = choose_hard({"a": ["setup exec"]}, [both], 2, seed)
        assert row.kind == "sdist"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a discord bot", ["bot"]),
        ("undetected selenium", ["scraper"]),
        ("hello world", ["hello"]),
        ("keylogger demo for a CTF", ["ctf", "watching"]),
        ("matrices and vectors", []),
    ],
)
def test_hard_words(text, expected):
    assert hard_words(text) == expected


def test_the_long_tail_follows_the_votes_and_ends_at_the_cut():
    projects = [
        project(f"p{i}", file(f"p{i}", "1", datetime(year, 2, 1, tzinfo=UTC), kind, size))
        for i, (year, kind, size) in enumerate(
            [(y, k, s) for y in (2021, 2022, 2023, 2026) for k in ("sdist", "wheel") for s in (500, 5_000)] * 40
        )
    ]
    votes = {(2022, "sdist", 0): 3.0, (2023, "wheel", 2): 1.0}
    rows, short = choose_matching(projects, votes, 40, seed=1)
    cells = Counter((when(g[0]).year, g[0].kind, size_bin(size_of(g[0]))) for g in rows)
    assert cells == {(2022, "sdist", 0): 30, (2023, "wheel", 2): 10}
    assert not short


def test_the_long_tail_stops_within_the_year_of_the_cut_and_takes_a_project_once():
    late = project("late", file("late", "1", TRAINING_END))
    early = project("early", file("early", "1", TRAINING_END - timedelta(seconds=1)), file("early", "2", OLD))
    votes = {(2024, "sdist", size_bin(3_000)): 1.0, (2023, "sdist", size_bin(3_000)): 1.0}
    rows, short = choose_matching([late, early], votes, 2, seed=1)
    assert names(rows) == ["early"]
    assert sum(short.values()) == 1


def test_a_cell_without_enough_files_is_filled_from_the_nearest_of_its_kind():
    near = [project(f"n{i}", file(f"n{i}", "1", datetime(2021, 1, 1, tzinfo=UTC))) for i in range(4)]
    far = [project(f"f{i}", file(f"f{i}", "1", datetime(2016, 1, 1, tzinfo=UTC))) for i in range(4)]
    wheel = [project(f"w{i}", file(f"w{i}", "1", OLD, "wheel")) for i in range(4)]
    rows, short = choose_matching([*near, *far, *wheel], {(2022, "sdist", size_bin(3_000)): 1.0}, 6, seed=1)
    assert sorted(names(rows)) == ["n0", "n1", "n2", "n3"]
    assert short == {(2022, "sdist", size_bin(3_000)): 2}


def test_size_bins():
    assert [size_bin(s) for s in (0, 1_999, 2_000, 8_000, 999_999, 1_000_000)] == [0, 0, 1, 3, 6, 7]


@given(
    st.dictionaries(
        st.tuples(st.integers(2016, 2024), st.just("sdist"), st.integers(0, 7)), st.floats(0.01, 99), min_size=1
    ),
    st.integers(0, 5_000),
)
def test_shares_add_up_and_are_within_one_of_exact(votes, want):
    shares = apportion(votes, want)
    assert sum(shares.values()) == want
    for cell, vote in votes.items():
        assert abs(shares.get(cell, 0) - want * vote / sum(votes.values())) < 1 + 1e-6


def test_splits_are_a_projects_own_and_follow_the_cut():
    def share(stratum: str, time: datetime) -> dict[str, float]:
        found = Counter(assign_split(f"p{i}", stratum, time, 1) for i in range(4_000))
        return {name: count / 4_000 for name, count in found.items()}

    assert share("random", OLD) == pytest.approx({"train": 0.8, "valid": 0.1, "test": 0.1}, abs=0.03)
    assert share("random", NEW) == pytest.approx({"train": 0.3, "valid": 0.4, "test": 0.3}, abs=0.03)
    assert set(share("longtail", NEW)) == {"valid", "test"}


def test_every_prefix_holds_each_stratum_in_its_share_and_groups_stay_together():
    strata = {
        "random": choose_random(MANY[:200], 200, 1),
        "pairs": choose_pairs(
            [project(f"d{i}", file(f"d{i}", "1", OLD), file(f"d{i}", "2", NEW)) for i in range(50)], 100, 1
        ),
    }
    rows = interleave(strata, seed=1)
    assert len(rows) == 300
    assert Counter(r.stratum for r in rows[:60])["pairs"] == pytest.approx(20, abs=3)
    pairs = [r.project for r in rows if r.stratum == "pairs"]
    assert pairs[::2] == pairs[1::2]
