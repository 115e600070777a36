import ipaddress
import keyword
from itertools import combinations
from random import Random

import pytest

from jobs.corpus.payloads.contract import MEASURED, SPLITS
from jobs.corpus.payloads.vocabulary import Vocabulary


@pytest.mark.parametrize("seed", range(40))
def test_a_mark_is_one_text_in_a_whole_payload_and_names_differ(seed):
    words = Vocabulary("train", Random(seed))
    names = words.render("@n1@ @n2@ @n3@ @n4@ @n5@ @n6@ @n7@ @n8@ @n9@").split()
    assert 9 == len(set(names))
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in names)
    assert names[0] == words.render("@n1@")
    assert "@unknown@ a@b" == words.render("@unknown@ a@b")


def test_splits_share_no_address_and_no_host():
    made = {split: Vocabulary(split, Random(1)) for split in (*SPLITS, *MEASURED)}
    addresses = {split: {words.address() for _ in range(600)} for split, words in made.items()}
    domains = {split: {words.domain() for _ in range(600)} for split, words in made.items()}
    for one, other in combinations(made, 2):
        assert not addresses[one] & addresses[other]
        assert not domains[one] & domains[other]


def test_addresses_are_reserved_for_documentation():
    networks = [ipaddress.ip_network(net) for net in ("198.51.100.0/24", "203.0.113.0/24")]
    for split in (*SPLITS, *MEASURED):
        words = Vocabulary(split, Random(3))
        for _ in range(200):
            address = ipaddress.ip_address(words.address())
            assert any(address in net for net in networks)
            assert words.domain().endswith((".example", ".example.invalid"))
        assert words.render("@url@ @hook@ @raw@").count("://") == 3
