import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.runtime.cache import clear_caches
from features.text.decode import decode_source
from features.text.line_metrics import plain
from features.text.source_metrics import (
    Wanted,
    core_figures,
    entropies,
    measure,
    prose_figures,
    whole_figures,
)

HONEST = b'"""Count sheep."""\n\nimport os\n\n\ndef count(flock):\n    # every sheep once\n    return len(set(flock))\n'


def core(source: Any) -> Any:
    return core_figures(measure([Wanted([source])]))


def whole(source: Any) -> Any:
    return whole_figures(measure([Wanted([source])]))


@pytest.mark.parametrize(
    ("figures", "noun", "odd", "expected"),
    [
        (core, "offscreen", b"import os;" + b" " * 200 + b"exec(x)\n", 1),
        (whole, "indented", b"if x:\n" + b" " * 300 + b"exec(x)\n", 1),
        (whole, "blank_run", b"import os\n" + b"\n" * 80 + b"exec(x)\n", 80),
        (core, "longest_line", b"x = 1\n" + b"y" * 5000 + b"\n", 5000),
        (core, "longest_string", b"x = '" + b"y" * 900 + b"'\n", 900),
        (core, "base64_strings", b"x = 'aGVsbG8gd29ybGQsIHRoaXMgaXMgaW5lcnQgdGV4dCBvZiBvdXJz'\n", 1),
        (core, "hex_strings", b"x = '" + b"deadbeef" * 10 + b"'\n", 1),
        (core, "hex_strings", b"x = '" + b"\\x6f" * 20 + b"'\n", 1),
        (core, "confusing_names", b"O0OO0O = 1\nlIIlI1 = 2\n", 2),
        (whole, "bidi", "x = '\u202e'\n".encode(), 1),
        (whole, "invisible", "x\u200b = 1\n".encode(), 1),
        (whole, "mixed_names", "\u0440rint = 1\n".encode(), 1),
        (whole, "disguised_names", "\U0001d68e\U0001d6a1\U0001d68e\U0001d68c(x)\n".encode(), 1),
        (whole, "foreign_names", "\u540d\u524d = 1\n".encode(), 1),
        (whole, "control_bytes", b"x = 1\x01\n", 1),
    ],
)
def test_a_look_alike_is_measured_and_honest_source_is_not(figures: Any, noun: Any, odd: Any, expected: Any) -> None:
    assert figures(odd)[noun] == expected
    assert figures(HONEST)[noun] == (26 if noun == "longest_line" else 0)


def test_an_honest_source_has_these_figures() -> None:
    figures = core(HONEST)
    assert figures["names"] == 5
    assert figures["strings"] == 0
    assert figures["comment_share"] == pytest.approx((18 + 18) / len(HONEST))
    assert whole(HONEST)["lines"] == 8


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_an_encoding_hides_nothing(encoding: Any) -> None:
    source = "O0OO0O0O = 'x'\n"
    assert core(source.encode(encoding))["confusing_names"] == 1


def test_a_sentence_is_not_base64() -> None:
    assert core(b"x = 'These are words of a Sentence that goes on and on for 100 letters'\n")["base64_strings"] == 0


def test_prose() -> None:
    figures = prose_figures("Counts sheep. COUNTS sheep\nxkqzvjw")
    assert figures["upper_words"] == pytest.approx(1 / 5)
    assert figures["random_words"] == pytest.approx(1 / 5)
    assert figures["top_word_share"] == pytest.approx(2 / 5)
    assert prose_figures("") == {}


@pytest.mark.parametrize(
    "piece", [b" ", b"\n", b"a ", b" \n", b"x" + b" " * 120, b"\\x41", b"'a'", b"\xe2\x80\xae", b"\t\n \n"]
)
def test_a_hostile_megabyte_is_scanned_in_linear_time(piece: Any) -> None:
    began = time.process_time()
    one = measure([Wanted([piece * (2**20 // len(piece))])])
    core_figures(one), whole_figures(one)
    assert time.process_time() - began < 4


@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_have_figures(data: Any) -> None:
    one = measure([Wanted([data])])
    figures = core_figures(one) | whole_figures(one)
    assert isinstance(figures["entropy"], float)
    assert figures["lines"]


@given(st.one_of(st.binary(max_size=60), st.text("ab \r\n#:=-coding\0\ufeff", max_size=60).map(str.encode)))
def test_what_needs_no_decoding_is_what_decoding_gives(data: Any) -> None:
    assert plain(data) == decode_source(data).text.encode()


def test_only_a_part_of_much_source_is_measured_in_full_depth() -> None:
    files = [f"name_{at} = '{'x' * 90}'\n".encode() * 50 for at in range(20)]
    found = measure([Wanted(files, most=4_000, most_of_one=2_000)])
    assert found.parts[0].judged == 4_000
    assert core_figures(found)["names"] == 2
    assert core_figures(found)["longest_line"] == len(files[-1]) // 50 - 1


def test_a_file_with_a_very_long_line_is_measured_first_and_there() -> None:
    dull = b"x = 1\n" * 1000
    found = measure(
        [Wanted([dull, dull, dull + b"y = '" + b"z" * 1500 + b"'\n" + dull], most=4_000, most_of_one=2_000)]
    )
    assert core_figures(found)["longest_string"] == 1500


def test_what_is_known_is_measured_as_what_is_not() -> None:
    one = Wanted([b"import os\nhome = 'somewhere beyond'\n", b"x" * 2_000, b"y = 'z'\r\n"], most=60, most_of_one=40)
    other = Wanted([*one.files, b"'" + b"long" * 200_000 + b"'"])
    found = []
    for known in (False, True):
        for asked in ([one], [other, one]):
            if not known:
                clear_caches()
            measured = measure(asked)
            found.append([core_figures(measured, at) for at in range(len(asked))] + [whole_figures(measured)])
    assert found[:2] == found[2:]


def test_an_entropy_is_the_same_whatever_is_asked_for_beside_it() -> None:
    texts = [bytes(range(at)) * (at % 7 + 1) for at in range(1, 200)]
    assert entropies(texts) == tuple(entropies([text])[0] for text in texts)
