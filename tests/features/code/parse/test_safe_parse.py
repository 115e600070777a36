"""Source that would crash or exhaust the parser is refused, with a reason."""

import ast
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.code.parse.safe_parse import (
    MAX_TOKENS,
    SHALLOW_DEPTH,
    UnparsableError,
    bracket_depth,
    check_parsable,
    estimate_tokens,
    is_shallow,
    parse_source,
)


def nested(depth: int) -> str:
    return "(" * depth + ")" * depth


@pytest.mark.parametrize(
    ("data", "depth"),
    [(b"", 0), (b"a(b[c]{d})", 2), (b"'((('", 0), (b"# (((", 0), (b"((", 2), (b"))((", 2), (b"f('(')(')')", 1)],
)
def test_depth_counts_open_brackets_outside_strings_and_comments(data, depth):
    assert bracket_depth(data) == depth


@pytest.mark.parametrize(
    ("depth", "expected"), [(1, True), (SHALLOW_DEPTH * 3 // 2 - 1, True), (SHALLOW_DEPTH * 3 // 2, False)]
)
def test_shallow_source_is_told_from_deep_source(depth, expected):
    assert is_shallow(nested(depth).encode()) is expected


def test_brackets_in_strings_only_make_source_deeper_where_they_do_not_close():
    assert not is_shallow(b"'" + b"(" * 2 * SHALLOW_DEPTH + b"'")
    check_parsable("'" + "(" * 2 * SHALLOW_DEPTH + "'", max_depth=50)


@pytest.mark.parametrize(("depth", "refused"), [(100, False), (101, True)])
def test_source_is_refused_where_it_nests_deeper_than_allowed(depth, refused):
    if refused:
        with pytest.raises(UnparsableError, match="depth"):
            check_parsable(nested(depth), max_depth=100)
    else:
        check_parsable(nested(depth), max_depth=100)


@pytest.mark.parametrize(("parts", "refused"), [(150, False), (151, True)])
def test_a_long_dotted_name_is_refused(parts, refused):
    source = "import " + ".".join(["a"] * parts)
    if refused:
        with pytest.raises(UnparsableError, match="depth"):
            check_parsable(source, 150)
    else:
        check_parsable(source, 150)


def test_a_dotted_name_over_many_lines_is_refused():
    with pytest.raises(UnparsableError, match="depth"):
        check_parsable("import a" + " \\\n . a" * 200, 150)


@pytest.mark.parametrize(("limit", "refused"), [(10, True), (11, False)])
def test_source_is_refused_where_it_has_more_tokens_than_allowed(limit, refused):
    source = "a = b + 1\n"
    assert estimate_tokens(source) == 11
    if refused:
        with pytest.raises(UnparsableError, match="size"):
            check_parsable(source, 150, limit)
    else:
        check_parsable(source, 150, limit)


def test_words_in_strings_do_not_count_where_there_are_many():
    words = "x = '''" + "word " * MAX_TOKENS + "'''"
    assert estimate_tokens(words) < 100


def test_placeholders_of_f_strings_count():
    plain = "x = '" + "a" * 50_000 + "'\n" + "y = 1\n" * 20_000
    placeholders = "x = f'" + "{a}" * 50_000 + "'\n" + "y = 1\n" * 20_000
    assert estimate_tokens(placeholders) >= estimate_tokens(plain) + 3 * 50_000


@given(st.text(alphabet="ab1 +-*/()[]{}.,:='\"\n#", max_size=300))
def test_the_estimate_is_an_upper_bound(text):
    assert estimate_tokens(text) >= len(text.split())


def test_source_has_the_tree_of_the_library():
    source = "import os\nx = [1, 2]\n"
    assert ast.dump(parse_source(source, 150)) == ast.dump(ast.parse(source))


@pytest.mark.parametrize(
    ("source", "reason"),
    [("def (:", "syntax"), ("x = '", "syntax"), ("1" * 5000, "syntax"), ("-" * 100_000 + "1", "depth")],
)
def test_source_without_a_tree_has_a_reason(source, reason):
    with pytest.raises(UnparsableError) as error:
        parse_source(source, 150)
    assert error.value.reason == reason


def test_warnings_of_the_parser_are_not_shown():
    parse_source("x = '\\d'\nif x is 1: pass\n", 150)


def test_the_error_can_be_pickled():
    error = pickle.loads(pickle.dumps(UnparsableError("depth")))
    assert (type(error), error.reason) == (UnparsableError, "depth")
