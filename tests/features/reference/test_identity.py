from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.reference.identity import (
    MOST_OWNERS,
    PopularIdentities,
    ProjectIdentity,
    address_key,
    import_names,
    mail_key,
    parse_identities,
    popular_identities,
    render_identities,
    summary_key,
)

SHEEP = ProjectIdentity(
    "sheep-counter", ("sheepcount",), ("forge.example/sheep",), (mail_key("ada@engine.example"),), summary_key("x" * 20)
)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://github.com/psf/requests", "github.com/psf/requests"),
        ("http://www.github.com/PSF/Requests.git", "github.com/psf/requests"),
        ("https://github.com/psf/requests/issues?q=1#x", "github.com/psf/requests"),
        ("github.com/psf/requests/tree/main", "github.com/psf/requests"),
        ("https://requests.example/", "requests.example"),
        ("https://requests.example/docs/", "requests.example/docs"),
        ("https://github.com/psf", ""),
        ("https://libraries.io/requests", ""),
        ("not an address", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_addresses_of_one_place_have_one_key(address: Any, key: Any) -> None:
    assert address_key(address) == key


def test_summaries_and_mails_are_compared_without_their_dress() -> None:
    assert summary_key("Counts sheep, in pictures of meadows!") == summary_key("counts sheep in pictures of meadows")
    assert summary_key("A library") == ""
    assert mail_key("Ada@Engine.example ") == mail_key("ada@engine.example")
    assert mail_key("ada") == ""


def test_what_many_share_is_nobodys() -> None:
    many = [ProjectIdentity(f"p{number}", ("shared",), ("forge.example/a",)) for number in range(MOST_OWNERS + 1)]
    table = PopularIdentities([*many, SHEEP])
    assert "shared" not in table.by_import
    assert table.by_import["sheepcount"] == ("sheep-counter",)
    assert table.digest != PopularIdentities([SHEEP]).digest


def test_import_names_are_the_tables_or_what_the_name_suggests() -> None:
    table = PopularIdentities([SHEEP])
    assert import_names("Sheep.Counter", table) == ("sheepcount",)
    assert "dateutil" in import_names("python-dateutil", table)


def test_the_shipped_table_knows_import_names_and_holds_no_address_of_a_person() -> None:
    table = popular_identities()
    assert table.by_import["bs4"] == ("beautifulsoup4",)
    assert table.by_url["github.com/psf/requests"] == ("requests",)
    assert not any("@" in mark for mark in table.by_mail)


WORDS = st.text("abc-.", min_size=1, max_size=9)
MARKS = st.lists(WORDS, max_size=3).map(tuple)


@given(st.lists(st.builds(ProjectIdentity, WORDS, MARKS, MARKS, MARKS, st.sampled_from(["", "abcdef"])), max_size=5))
def test_a_table_reads_back(made: Any) -> None:
    assert list(parse_identities(render_identities(made))) == made


@given(st.text(max_size=200))
def test_any_text_has_a_key_of_one_word(text: Any) -> None:
    assert not {" ", "\t", "\n"} & set(address_key(text) + mail_key(text) + summary_key(text))
