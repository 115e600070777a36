from collections import Counter

import pytest

from jobs.corpus.payloads.contract import MEASURED, SPLITS
from jobs.corpus.payloads.places import (
    agent,
    blind_code,
    blind_files,
    blind_functions,
    blind_names,
    compiled,
    data,
    data_code,
    declared,
    entry,
    foreign,
    fresh_code,
    fresh_files,
    fresh_names,
    imported,
    inner,
    install,
    metadata,
    native,
    pages,
    patched,
    published,
    requirement,
    settings,
    startup,
)
from jobs.corpus.payloads.registry import FAMILIES, families_of, find_family

MODULES = (
    agent,
    blind_code,
    blind_files,
    blind_functions,
    blind_names,
    compiled,
    data,
    data_code,
    declared,
    entry,
    foreign,
    fresh_code,
    fresh_files,
    fresh_names,
    imported,
    inner,
    install,
    metadata,
    native,
    pages,
    patched,
    published,
    requirement,
    settings,
    startup,
)


def test_there_are_sixty_families_or_more_and_no_two_share_a_name():
    assert 60 <= len(FAMILIES) == len({family.name for family in FAMILIES})


def test_every_family_on_disk_is_registered():
    assert set(FAMILIES) == {family for module in MODULES for family in module.FAMILIES}


def test_every_place_has_families_to_learn_from_and_others_that_are_held_out():
    by_place = {family.place: Counter(f.split for f in FAMILIES if f.place == family.place) for family in FAMILIES}
    assert {"startup", "install", "backend", "import", "module", "function", "entry", "data", "foreign", "native",
            "requirement", "agent", "settings", "patch", "metadata"} == set(by_place)  # fmt: skip
    for place, splits in by_place.items():
        assert splits["train"], place
        assert splits["test"], place
        assert all(splits[split] for split in MEASURED), place


def test_families_are_found_by_name_split_and_kind():
    assert FAMILIES[3] is find_family(FAMILIES[3].name)
    with pytest.raises(KeyError):
        find_family("none")
    for split in (*SPLITS, *MEASURED):
        wheel = families_of(split, "wheel")
        assert {split} == {family.split for family in wheel}
        assert not [family for family in wheel if family.needs == "sdist"]
