from features.surfaces.words import find_words

WORDS = (b"curl", b"://1", b"\xf3\xa0", b"nc ")


def test_words_are_found_in_letters_of_any_case() -> None:
    assert {b"curl", b"://1"} == find_words(b"CURL http://198.51.100.4/", WORDS)


def test_bytes_of_letters_beyond_ascii_are_found() -> None:
    assert {b"\xf3\xa0"} == find_words("\U000e0061".encode(), WORDS)


def test_nothing_is_found_in_nothing() -> None:
    assert find_words(b"", WORDS) == frozenset() == find_words(b"curl", ())
