from hypothesis import given
from hypothesis import strategies as st

from features.binary.string_scan import scan_strings
from features.contract import Role
from features.text.indicators import INDICATORS, POSITIONS


def test_an_address_in_a_binary_is_found_and_shown():
    said = scan_strings((b"\0\x01\x02https://discord.com/api/webhooks/123456789012345678/boojum\0\xff",))
    assert POSITIONS["discord_webhook"] in said.counts
    assert {"discord.com"} == said.markers.hosts
    shown = {place.indicator: place for place in said.evidence("a/x.so", Role.REST)}
    assert shown["discord_webhook"].excerpt.startswith("https://discord.com/api/webhooks/")
    assert shown["discord_webhook"].line == 1
    assert 0 < shown["discord_webhook"].weight < INDICATORS[POSITIONS["discord_webhook"]].weight


def test_a_library_without_such_words_says_nothing():
    said = scan_strings((b"\0\x01malloc\0free\0usage: %s\0",))
    assert (0, frozenset(), ()) == (said.weight, said.markers.hosts, said.shown)


def test_the_name_of_an_imported_function_is_no_word():
    data = b"\0\0\x01\x02VirtualAllocEx\0\0"
    assert scan_strings((data,)).counts
    assert not scan_strings((data,), imported={"VirtualAllocEx"}).counts
    assert scan_strings((b"call VirtualAllocEx(x)",), imported={"VirtualAllocEx"}).counts


def test_utf16_is_read_where_windows_is():
    text = "https://discord.com/api/webhooks/123456789012345678/boojum".encode("utf-16-le")
    for odd in (b"", b"\x07"):
        assert POSITIONS["discord_webhook"] in scan_strings((b"\0\0" + odd + text + b"\0\0",), wide=True).counts
    assert not scan_strings((text,)).counts


@given(st.binary(max_size=4_000), st.booleans())
def test_any_bytes_are_searched(data, wide):
    said = scan_strings((data,), wide=wide)
    assert all(count > 0 for count in said.counts.values())
