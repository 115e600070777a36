from hypothesis import given
from hypothesis import strategies as st

from features.binary.string_scan import find_words
from features.contract import Role
from features.text.indicators import INDICATORS, POSITIONS


def test_an_address_in_a_binary_is_found_and_shown():
    said = find_words((b"\0\x01\x02https://discord.com/api/webhooks/123456789012345678/boojum\0\xff",))
    assert POSITIONS["discord_webhook"] in said.counts
    assert {"discord.com"} == said.marks.hosts
    shown = {place.indicator: place for place in said.evidence("a/x.so", Role.REST)}
    assert shown["discord_webhook"].excerpt.startswith("https://discord.com/api/webhooks/")
    assert shown["discord_webhook"].line == 1
    assert 0 < shown["discord_webhook"].weight < INDICATORS[POSITIONS["discord_webhook"]].weight


def test_a_library_without_such_words_says_nothing():
    said = find_words((b"\0\x01malloc\0free\0usage: %s\0",))
    assert (0, frozenset(), ()) == (said.weight, said.marks.hosts, said.places)


def test_the_name_of_an_imported_function_is_no_word():
    data = b"\0\0\x01\x02VirtualAllocEx\0\0"
    assert find_words((data,)).counts
    assert not find_words((data,), imported={"VirtualAllocEx"}).counts
    assert find_words((b"call VirtualAllocEx(x)",), imported={"VirtualAllocEx"}).counts


def test_utf16_is_read_where_windows_is():
    text = "https://discord.com/api/webhooks/123456789012345678/boojum".encode("utf-16-le")
    for odd in (b"", b"\x07"):
        assert POSITIONS["discord_webhook"] in find_words((b"\0\0" + odd + text + b"\0\0",), wide=True).counts
    assert not find_words((text,)).counts


@given(st.binary(max_size=4_000), st.booleans())
def test_any_bytes_are_searched(data, wide):
    said = find_words((data,), wide=wide)
    assert all(count > 0 for count in said.counts.values())
