"""Conditions of branches say when the code below them runs."""

import ast

import pytest

from features.code.parse.branch_tests import ends_block, flags_of_test, is_main_test
from features.code.parse.symbol_table import UNDER_COMMAND_TEST, UNDER_HOST_TEST


def expression(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("__name__ == '__main__'", True),
        ("'__main__' == __name__", True),
        ("__name__ != '__main__'", False),
        ("__name__", False),
        ("name == '__main__'", False),
        ("__name__ == a == b", False),
    ],
)
def test_the_main_guard_is_known_in_both_orders(source, expected):
    assert is_main_test(expression(source)) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("sys.argv[1] == 'publish'", UNDER_COMMAND_TEST),
        ("'test' in sys.argv", UNDER_COMMAND_TEST),
        ("'install' in sys.argv", UNDER_HOST_TEST),
        ("sys.argv[-1] in ('publish', 'sdist')", UNDER_HOST_TEST),
        ("'publish' not in sys.argv", UNDER_HOST_TEST),
        ("not 'publish' in sys.argv", UNDER_HOST_TEST),
        ("argv == 'publish'", UNDER_COMMAND_TEST),
        ("sys.argv[1]", UNDER_HOST_TEST),
        ("os.name == 'nt'", UNDER_HOST_TEST),
        ("getpass.getuser() == 'x'", UNDER_HOST_TEST),
        ("a == 'x'", 0),
        ("a.b", 0),
    ],
)
def test_a_condition_is_on_the_command_the_host_or_neither(source, expected):
    assert flags_of_test(expression(source)) == expected


def test_a_long_condition_is_no_command_test():
    long = " or ".join(f"sys.argv[1] == 'publish{n}'" for n in range(20))
    assert flags_of_test(expression(long)) == 0


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("return", True),
        ("raise E", True),
        ("sys.exit(1)", True),
        ("exit()", True),
        ("os._exit(0)", True),
        ("x = 1\nreturn x", True),
        ("return\nx = 1", False),
        ("print('x')", False),
        ("x = exit()", False),
        ("(lambda: 0)()", False),
    ],
)
def test_a_block_ends_where_its_last_statement_leaves(block, expected):
    assert ends_block(ast.parse(block).body) is expected
