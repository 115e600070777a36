from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.text.source_figures import is_disguised, is_mixed_script, role_figures, whole_figures
from features.text.source_metrics import SourceFiles, measure_source

HONEST = b'"""Count sheep."""\n\nimport os\n\n\ndef count(flock):\n    # every sheep once\n    return len(set(flock))\n'


def core(source: Any) -> Any:
    return role_figures(measure_source([SourceFiles([source])]))


def whole(source: Any) -> Any:
    return whole_figures(measure_source([SourceFiles([source])]))


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


@pytest.mark.parametrize(
    "piece", [b" ", b"\n", b"a ", b" \n", b"x" + b" " * 120, b"\\x41", b"'a'", b"\xe2\x80\xae", b"\t\n \n"]
)
def test_a_hostile_megabyte_is_measured_whole(piece: Any) -> None:
    data = piece * (2**20 // len(piece))
    source = measure_source([SourceFiles([data])])
    assert len(data) <= source.roles[0].size <= len(data) + 1
    assert role_figures(source) | whole_figures(source)


@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_have_figures(data: Any) -> None:
    one = measure_source([SourceFiles([data])])
    figures = role_figures(one) | whole_figures(one)
    assert isinstance(figures["entropy"], float)
    assert figures["lines"]


def test_the_figures_of_all_roles_are_of_their_source_together() -> None:
    one, other = b"alpha = 'a'\n" * 3, b"beta = 'bb'\n"
    source = measure_source([SourceFiles([one]), SourceFiles([other])])
    assert [1, 1, 2] == [role_figures(source, role)["names"] for role in (0, 1, None)]
    assert [1, 2, 2] == [role_figures(source, role)["longest_string"] for role in (0, 1, None)]
    assert 4 == whole_figures(source)["lines"]
    assert pytest.approx(4 / (len(one) + len(other))) == role_figures(source)["equals"]


def test_source_without_names_and_strings_has_no_figures_of_them() -> None:
    figures = core(b"# nothing\n")
    assert (0, 0) == (figures["names"], figures["strings"])
    assert not {"name_entropy", "string_entropy"} & figures.keys()


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        (True, "\u0440rint"),
        (True, "\u03bfpen"),
        (False, "print"),
        (False, "\u043f\u0435\u0447\u0430\u0442\u044c"),
        (False, "na\u00efve"),
        (False, "\u540d_name"),
    ],
)
def test_scripts_are_mixed_where_their_letters_look_alike(expected: bool, name: str) -> None:
    assert expected is is_mixed_script(name)


@pytest.mark.parametrize(("expected", "name"), [(True, "\U0001d42cystem"), (False, "system"), (False, "na\u00efve")])
def test_a_name_is_disguised_where_python_reads_it_as_ascii(expected: bool, name: str) -> None:
    assert expected is is_disguised(name)
