from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from jobs.corpus.contract import CorpusError
from jobs.corpus.listing import read_list
from jobs.corpus.sample import STRATA, read_excluded, read_votes, sample_benign, scale_strata
from jobs.corpus.strata import TRAINING_END

TODAY = datetime(2026, 11, 22, tzinfo=UTC)
LIKE = """path,project,type,size,date,cluster_ioc,split
evil/1/e.tar.gz,Evil_One,sdist,1500,2022-01-01,7,train
evil/2/e.tar.gz,Evil_One,sdist,1500,2022-01-01,7,train
evil/3/e.tar.gz,Evil_One,sdist,2500,2022-01-01,7,train
other/3/o.whl,other,wheel,900,2023-01-01,8,train
late/3/l.whl,late,wheel,900,2024-11-01,9,dev
"""


@pytest.fixture
def like(tmp_path):
    path = tmp_path / "like.csv"
    path.write_text(LIKE)
    return path


@pytest.fixture
def small_index(index):
    for number in range(60):
        name = f"p{number:02}"
        first = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=41 * number)
        for version in ("1.0", "1.1"):
            body = f"{name} {version}".encode()
            time = (first + timedelta(days=int(version[-1]))).isoformat()
            more = {"requires_dist": ["p00"], "summary": "a discord bot" if number % 5 == 0 else "sums"}
            index.add(name, version, f"{name}-{version}.tar.gz", body, time, **more)
    index.add("evil-one", "1", "evil-one-1.zip", b"never asked for", "2022-01-01T00:00:00Z")
    return index


def draw_sample(index, tmp_path, like, *, cache="cache", seed=1, **more):
    return sample_benign(
        tmp_path / "list.csv",
        client=index.client(),
        cache=tmp_path / cache,
        like=like,
        strata={"random": 10, "longtail": 6, "fresh": 3, "popular": 2, "hard": 4, "pairs": 4},
        seed=seed,
        today=TODAY,
        popular_out=tmp_path / "popular.txt",
        **more,
    )


def test_a_sample_is_drawn_by_its_seed_alone(small_index, tmp_path, like):
    report = draw_sample(small_index, tmp_path, like)
    first = read_list(tmp_path / "list.csv")
    assert report.rows == len(first)
    assert report.by_stratum["random"] == 10
    draw_sample(small_index, tmp_path, like, cache="another")
    assert read_list(tmp_path / "list.csv") == first
    draw_sample(small_index, tmp_path, like, seed=2)
    assert read_list(tmp_path / "list.csv") != first


def test_a_project_is_of_one_stratum_and_one_split(small_index, tmp_path, like):
    draw_sample(small_index, tmp_path, like)
    rows = read_list(tmp_path / "list.csv")
    for column in ("stratum", "split"):
        values = {(r.project, getattr(r, column)) for r in rows}
        assert len(values) == len({r.project for r in rows})
    assert all(r.upload_time is not None and r.upload_time < TRAINING_END for r in rows if r.stratum == "longtail")
    assert len({r.filename for r in rows}) == len(rows)


def test_a_malicious_project_is_never_requested(small_index, tmp_path, like):
    extra = tmp_path / "noise.csv"
    extra.write_text("path,sha256\nP07/1/p07-1.zip,00\n")
    draw_sample(small_index, tmp_path, like, exclude=[extra])
    assert not [path for path in small_index.requests if "evil-one" in path or "p07" in path]
    assert not {"evil-one", "p07"} & {r.project for r in read_list(tmp_path / "list.csv")}


def test_a_second_sampling_requests_the_names_alone(small_index, tmp_path, like):
    draw_sample(small_index, tmp_path, like)
    small_index.requests.clear()
    draw_sample(small_index, tmp_path, like)
    assert dict(small_index.requests) == {"/simple/": 1}


def test_the_popular_names_are_those_most_depended_on(small_index, tmp_path, like):
    draw_sample(small_index, tmp_path, like)
    assert (tmp_path / "popular.txt").read_text() == "p00\n"
    popular = [r for r in read_list(tmp_path / "list.csv") if r.stratum == "popular"]
    assert [(r.project, r.version) for r in popular] == [("p00", "1.1")]


def test_the_report_counts_what_each_stratum_lacks(small_index, tmp_path, like):
    report = draw_sample(small_index, tmp_path, like)
    rows = Counter(r.stratum for r in read_list(tmp_path / "list.csv"))
    assert report.short["popular"] == 1
    assert report.short == {s: w - rows[s] for s, w in
        {"random": 10, "longtail": 6, "fresh": 3, "popular": 2, "hard": 4, "pairs": 4}.items() if rows[s] < w}  # fmt: skip


def test_a_campaign_has_one_vote(like):
    assert read_votes(like) == pytest.approx(
        {(2022, "sdist", 0): 2 / 3, (2022, "sdist", 1): 1 / 3, (2023, "wheel", 0): 1.0}
    )


def test_names_are_excluded_by_project_and_by_path(like):
    assert read_excluded([like]) == {"evil", "evil-one", "other", "late"}


def test_only_the_long_tail_needs_a_malicious_list(small_index, tmp_path):
    client = small_index.client()
    report = sample_benign(tmp_path / "l", client=client, cache=tmp_path / "c", strata={"random": 5})
    assert report.by_stratum == {"random": 5}
    with pytest.raises(CorpusError, match="longtail: follows a malicious list"):
        sample_benign(tmp_path / "l", client=client, cache=tmp_path / "c", strata={"longtail": 5})


def test_an_unknown_stratum_is_refused_with_the_known_ones(index, tmp_path, like):
    with pytest.raises(CorpusError, match="odd: is not a stratum") as caught:
        sample_benign(tmp_path / "l", client=index.client(), cache=tmp_path, like=like, strata={"odd": 1})
    assert caught.value.hint == f"the strata are {', '.join(STRATA)}"


@pytest.mark.parametrize("text", ["split\ntrain\n", "split,date,type,size,cluster_ioc\ndev,2022,sdist,1,1\n"])
def test_a_list_without_campaigns_is_refused(tmp_path, text):
    (tmp_path / "like.csv").write_text(text)
    with pytest.raises(CorpusError, match=r"like\.csv"):
        read_votes(tmp_path / "like.csv")


def test_strata_scale_together():
    scaled = scale_strata(1_720)
    assert scaled == {"longtail": 600, "random": 450, "fresh": 250, "popular": 190, "hard": 130, "pairs": 100}
