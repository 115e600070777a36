from jobs.corpus.payloads.contract import SPLITS, HostPair, PlannedRelease, split_of
from tests.jobs.corpus.payloads.conftest import write_host


def test_a_project_belongs_to_one_split_whatever_else_is_listed():
    names = [f"project-{number}" for number in range(2_000)]
    splits = [split_of(name) for name in names]
    assert splits == [split_of(name) for name in names]
    assert set(SPLITS) == set(splits)
    assert 0.55 < splits.count("train") / len(splits) < 0.70
    assert 0.18 < splits.count("test") / len(splits) < 0.32


def test_a_release_is_seeded_by_its_host_and_its_place_in_the_plan(tmp_path):
    host = write_host(tmp_path, "wheel", "1.3")
    base = write_host(tmp_path, "wheel", "1.2")
    assert "wheel" == host.kind
    assert "sdist" == write_host(tmp_path, "sdist", "1.2").kind
    pair = HostPair(host, base)
    assert not pair.is_raised
    assert HostPair(host, host).is_raised
    release = PlannedRelease(1, "train", 1, "init-statements", (pair,), 7)
    assert release.rng(pair).random() == release.rng(pair).random()
    assert release.rng(pair).random() != release.rng(HostPair(base, base)).random()
