import pytest

from jobs.corpus.payloads.blind_honest import BLIND_CHANGES
from jobs.corpus.payloads.contract import BLIND, MEASURED, SPLITS, Donor, HostFile, HostPair, split_of
from jobs.corpus.payloads.plan import PayloadCounts, choose_families, plan_releases
from jobs.corpus.payloads.registry import FAMILIES, find_family


def host(project: str, version: str, kind: str, stratum: str) -> HostFile:
    filename = f"{project}-{version}{'.tar.gz' if kind == 'sdist' else '-py3-none-any.whl'}"
    return HostFile(project, version, filename, f"{project}{version}{kind}", "", 10, stratum)


@pytest.fixture(scope="module")
def pairs() -> list[HostPair]:
    made = []
    for number in range(300):
        stratum = ("popular", "middle", "tail")[number % 3]
        for kind in ("sdist", "wheel"):
            new, old = (host(f"p{number}", version, kind, stratum) for version in ("1.1", "1.0"))
            made += [HostPair(new, old), HostPair(new, new)]
    return made


DONORS = [Donor("", f"d{n}.zip", f"d{n}", f"d{n}", "1", f"campaign-{n // 2}", "setup") for n in range(60)]


@pytest.fixture(scope="module")
def planned(pairs):
    return plan_releases(pairs, DONORS, PayloadCounts(600, 90, 200), seed=3)


def test_a_release_shares_its_split_with_its_host_its_family_and_its_donor(planned):
    for release in planned:
        assert {release.split} == {split_of(pair.host.project) for pair in release.candidates}
        if release.label:
            assert release.split == find_family(release.family).split
        if release.donor:
            assert release.split == split_of(release.donor.campaign)


def test_every_family_is_planned_in_about_its_share(planned):
    templates = [release for release in planned if release.label and not release.donor]
    assert {family.name for family in choose_families(SPLITS)} == {release.family for release in templates}
    assert 600 == len(templates)
    assert set(SPLITS) == {release.split for release in templates}


def test_transplants_take_families_that_any_code_fits(planned):
    transplants = [release for release in planned if release.donor]
    assert 80 < len(transplants) <= 90
    assert not [release for release in transplants if find_family(release.family).dress]


def test_twins_have_the_hosts_of_releases_with_payloads(planned):
    twins = [release for release in planned if not release.label]
    assert 200 == len(twins)
    candidates = {release.candidates for release in planned if release.label}
    assert all(twin.candidates in candidates and twin.family.startswith("honest-") for twin in twins)


def test_hosts_are_of_all_strata_and_kinds_and_of_what_a_family_needs(planned):
    assert {"popular", "middle", "tail"} == {release.candidates[0].host.stratum for release in planned}
    assert {True, False} == {release.candidates[0].is_raised for release in planned}
    for release in planned:
        needs = find_family(release.family).needs if release.label else "any"
        assert needs == "any" or {needs} == {pair.host.kind for pair in release.candidates}


def test_the_same_seed_plans_the_same_releases(pairs, planned):
    assert planned == plan_releases(pairs, DONORS, PayloadCounts(600, 90, 200), seed=3)
    assert planned != plan_releases(pairs, DONORS, PayloadCounts(600, 90, 200), seed=4)
    assert list(range(len(planned))) == [release.number for release in planned]


def test_nothing_is_planned_without_hosts_and_no_transplant_without_donors(pairs):
    assert [] == plan_releases([], DONORS, PayloadCounts(10, 10, 10), seed=1)
    assert not [release for release in plan_releases(pairs, [], PayloadCounts(10, 10, 2), seed=1) if release.donor]


def test_families_are_chosen_by_name_and_by_split():
    assert (find_family("setup-top"),) == choose_families(["setup-top"])
    chosen = choose_families(["test", "setup-top"])
    assert {f.name for f in FAMILIES if f.split == "test"} | {"setup-top"} == {family.name for family in chosen}
    with pytest.raises(KeyError):
        choose_families(["setup-top", "unheard-of"])


def test_a_plan_of_some_families_holds_them_alone_and_all_of_the_count(pairs):
    names = ["pth-line", "setup-top", "rust-library"]
    planned = plan_releases(pairs, DONORS, PayloadCounts(90, 10, 5), 3, choose_families(names))
    templates = [release for release in planned if release.label and not release.donor]
    assert 90 == len(templates)
    assert {30} == {sum(release.family == name for release in templates) for name in names}
    assert {"train"} == {release.split for release in planned}


@pytest.mark.parametrize("split", MEASURED)
def test_families_for_measuring_are_planned_when_asked_for_and_on_hosts_of_test(split, pairs, planned):
    assert split not in {release.split for release in planned}
    measured = plan_releases(pairs, DONORS, PayloadCounts(100, 0, 10), 3, choose_families([split]))
    assert {split} == {release.split for release in measured}
    assert 110 == len(measured)
    assert {"test"} == {split_of(pair.host.project) for release in measured for pair in release.candidates}


def test_families_of_the_blind_split_have_twins_of_their_own_and_no_others_have_those(pairs, planned):
    blind = plan_releases(pairs, DONORS, PayloadCounts(100, 0, 60), 3, choose_families([BLIND]))
    own = {change.name for change in BLIND_CHANGES}
    assert own == {release.family for release in blind if not release.label}
    assert not own & {release.family for release in planned}
