"""Folding on values gives what Python gives, or None."""

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.code.evaluate import fold
from features.code.evaluate.contract import MAX_CHARS, Constant

SIGNS = {"-": operator.sub, "*": operator.mul, "^": operator.xor, "&": operator.and_, "|": operator.or_}


@pytest.mark.parametrize("sign", SIGNS)
@given(left=st.integers(-(10**9), 10**9), right=st.integers(-(10**9), 10**9))
def test_integers_are_combined_as_python_does(sign, left, right):
    assert fold.arithmetic(sign, left, right) == SIGNS[sign](left, right)


@pytest.mark.parametrize(
    ("sign", "left", "right", "expected"),
    [
        ("%", 7, 0, None),
        ("//", 7, 0, None),
        ("//", 7, 2, 3),
        ("<<", 1, 1024, 1 << 1024),
        ("<<", 1, 1025, None),
        (">>", 8, -1, None),
        ("**", 2, 16, 65536),
        ("**", 2, 17, None),
        ("-", 1 << 4096, 1, None),
        ("*", "ab", 2, "abab"),
        ("*", 2, b"ab", b"abab"),
        ("*", "ab", -1, ""),
        ("*", "a", MAX_CHARS + 1, None),
        ("%", "%s-%d", ("a", 1), "a-1"),
        ("%", "%s", "a", "a"),
        ("-", "a", "b", None),
    ],
)
def test_operations_are_bounded(sign, left, right, expected):
    assert fold.arithmetic(sign, left, right) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (1, 2, 3),
        ("a", "b", "ab"),
        (b"a", b"b", b"ab"),
        (("a",), ("b",), ("a", "b")),
        ("a", b"b", None),
        ("a", 1, None),
        ("a" * MAX_CHARS, "b", None),
        (1 << 4096, 1, None),
    ],
)
def test_addition_joins_what_is_alike(left, right, expected):
    assert fold.add(left, right) == expected


@pytest.mark.parametrize(
    ("template", "arguments"),
    [("%s", ("a",)), ("%d%%", (3,)), ("%x %X", (255, 255)), ("%c%c", (104, 105)), ("a", ()), ("%s%s", ("a", 1))],
)
def test_percent_formats_as_python_does(template, arguments):
    assert fold.format_percent(template, arguments) == template % arguments


@pytest.mark.parametrize(
    ("template", "arguments"),
    [("%5s", ("a",)), ("%s", ()), ("%r", ("a",)), ("%d", ("a",)), ("%x", (-1,)), ("%c", (-1,))],
)
def test_wide_or_wrong_formats_are_not_folded(template, arguments):
    assert fold.format_percent(template, arguments) is None


@pytest.mark.parametrize(
    ("value", "spec", "expected"),
    [("a", "", "a"), (255, "02x", "ff"), (5, "08b", "00000101"), (5, ">9", None), ("a", "d", None), (b"a", "", None)],
)
def test_short_specifications_are_formatted(value, spec, expected):
    assert fold.format_value(value, spec) == expected


@pytest.mark.parametrize(
    ("value", "name", "arguments", "expected"),
    [
        ("a b", "split", (), ("a", "b")),
        ("a,b,c", "split", (",", 1), ("a", "b,c")),
        ("a", "split", ("",), None),
        (" a ", "strip", (), "a"),
        ("xax", "strip", ("x",), "a"),
        ("xax", "strip", (b"x",), None),
        ("a", "zfill", (3,), "00a"),
        ("a", "zfill", (MAX_CHARS + 1,), None),
        ("abc", "find", ("c",), 2),
        ("abc", "index", ("c",), 2),
        ("abc", "index", ("x",), None),
        ("-", "join", (("a", "b"),), "a-b"),
        ("-", "join", (("a", 1),), None),
        (b"-", "join", ((b"a", b"b"),), b"a-b"),
        ("a.b", "replace", (".", ""), "ab"),
        ("a" * 3_000, "replace", ("a", "b" * 3_000), None),
        ("a=b", "partition", ("=",), ("a", "=", "b")),
        ("a\nb", "splitlines", (), ("a", "b")),
        ("abc", "encode", (), b"abc"),
        (b"abc", "decode", ("ascii",), "abc"),
        (b"\xff", "decode", (), None),
        ("nop", "decode", ("rot13",), "abc"),
        (b"ab", "hex", (), "6162"),
        (258, "to_bytes", (2, "big"), b"\x01\x02"),
        (258, "to_bytes", (1, "big"), None),
        ("abc", "translate", ((("a", "x"), ("b", "")),), "xc"),
        (b"abc", "translate", (bytes(range(256)),), b"abc"),
        (b"abc", "translate", (b"short",), None),
        ("{}-{}", "format", ("a", 1), "a-1"),
        ("{0.x}", "format", ("a",), None),
        ("{0}-{0}", "format", ("a",), "a-a"),
        ("{}-{0}", "format", ("a", "b"), None),
        ("{0}-{}", "format", ("a", "b"), None),
        ("{!r}", "format", ("a",), None),
        ("a", "unknown", (), None),
        (1, "strip", (), None),
    ],
)
def test_methods_give_what_python_gives(value, name, arguments, expected):
    assert fold.call_method(value, name, arguments) == expected


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("chr", (97,), "a"),
        ("chr", (-1,), None),
        ("chr", (0x110000,), None),
        ("ord", ("a",), 97),
        ("ord", ("ab",), None),
        ("len", ("abc",), 3),
        ("hex", (255,), "0xff"),
        ("int", ("ff", 16), 255),
        ("int", ("x",), None),
        ("int", ("1" * 5_000,), None),
        ("str", (12,), "12"),
        ("str", (b"a", "ascii"), "a"),
        ("str", (), ""),
        ("bytes", (), b""),
        ("bytes", ((97, 98),), b"ab"),
        ("bytes", ((256,),), None),
        ("bytes", (10**9,), None),
        ("bytearray", (b"a",), b"a"),
        ("reversed", ("abc",), ("c", "b", "a")),
        ("list", ("ab",), ("a", "b")),
        ("int.from_bytes", (b"\x01\x02", "big"), 258),
        ("int.from_bytes", (b"\x01\x02", "middle"), None),
        ("struct.pack", ("<H", 258), b"\x02\x01"),
        ("struct.pack", ("<B", 258), None),
        ("struct.pack", (f"{MAX_CHARS + 1}x",), None),
        ("str.maketrans", ("ab", "xy"), (("a", "x"), ("b", "y"))),
        ("str.maketrans", ("ab", "x"), None),
        ("bytes.maketrans", (b"a", b"x"), bytes.maketrans(b"a", b"x")),
        ("str.upper", ("a",), "A"),
        ("bytes.decode", (b"a",), "a"),
        ("bytes.decode", ("a",), None),
        ("open", ("a",), None),
    ],
)
def test_builtins_give_what_python_gives(name, arguments, expected):
    assert fold.call_builtin(name, arguments) == expected


@pytest.mark.parametrize(
    ("value", "index", "expected"), [("abc", 1, "b"), ("abc", -1, "c"), ("abc", 3, None), ((1, 2), 0, 1), (5, 0, None)]
)
def test_an_index_is_checked(value: Constant, index: int, expected):
    assert fold.index_value(value, index) == expected


@pytest.mark.parametrize(
    ("value", "bounds", "expected"),
    [("abc", (None, None, -1), "cba"), ("abc", (1, None, None), "bc"), ("abc", (0, 1, 0), None), (5, (0, 1, 1), None)],
)
def test_a_slice_is_checked(value, bounds, expected):
    assert fold.slice_value(value, *bounds) == expected
