from dataclasses import replace

import pytest

from jobs.corpus.variants.contract import ArchiveMember, Package


def test_a_variant_draws_the_same_numbers_every_time(variant):
    assert variant("injected", "import").rng().random() == variant("injected", "import").rng().random()


@pytest.mark.parametrize(
    "change", [{"kind": "obfuscated"}, {"recipe": "rest"}, {"seed": 2}, {"payload": "env-post"}], ids=str
)
def test_another_variant_draws_other_numbers(variant, change):
    first = variant("injected", "import")
    assert first.rng().random() != replace(first, **change).rng().random()


def test_another_base_or_donor_draws_other_numbers(variant):
    first = variant("injected", "import")
    other = replace(first.base, sha256="1" * 64)
    drawn = {planned.rng().random() for planned in (first, replace(first, base=other), replace(first, donor=other))}
    assert 3 == len(drawn)


def test_a_stratum_or_a_label_changes_no_number(variant):
    first = variant("injected", "import")
    assert first.rng().random() == replace(first, stratum="other").rng().random()


def test_files_of_a_package_are_its_regular_files():
    members = (
        ArchiveMember("a/", is_folder=True),
        ArchiveMember("a/b", b"x"),
        ArchiveMember("a/c", link_target="b"),
        ArchiveMember("a/d", link_target="a/b", is_hard_link=True),
    )
    assert {"a/b": b"x"} == Package("a-1.tar.gz", "a", "1", "tar.gz", members).files()
