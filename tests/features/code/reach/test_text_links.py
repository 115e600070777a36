"""Links of a file by its lines alone."""

import pytest

from features.code.contract import ANY_UNIT
from features.code.reach.text_links import links_from_text, read_imports
from features.code.reach.unit_links import ANY_SCOPE, MAX_ALIASES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a", [("a", "", "a"), ("a", "", "")]),
        ("import a.b", [("a", "", "a"), ("a.b", "", "")]),
        ("import a.b as c", [("a.b", "", "c"), ("a.b", "", "")]),
        ("import a, b", [("a", "", "a"), ("a", "", ""), ("b", "", "b"), ("b", "", "")]),
        ("from a import b", [("a", "b", "b")]),
        ("from .a import b as c", [(".a", "b", "c")]),
        ("from . import (\n    a,\n    b  # last\n)", [(".", "a", "a"), (".", "b", "b")]),
        ("from a import *", [("a", "*", "*")]),
        ("lazy import a", [("a", "", "a"), ("a", "", "")]),
        ("x = 'import a'", []),
        ("# import a", []),
    ],
)
def test_lines_import_names(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert [tuple(imported[:3]) for imported in read_imports(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a", True),
        ("if x:\n    import a", True),
        ("def f():\n    import a", False),
        ("class A:\n    import a", False),
        ("async def f():\n    import a", False),
        ("def f(): pass\nif x:\n    import a", True),
        ("    import a", True),
    ],
)
def test_an_import_inside_a_function_or_class_does_not_run_with_the_file(text: str, expected: bool) -> None:
    assert {imported.runs for imported in read_imports(text)} == {expected}


def test_lines_without_indentation_and_all_others_are_two_units() -> None:
    links = links_from_text("from .a import go, stop\ngo()\ndef f():\n    stop()\n", {})
    top, rest = links.units
    assert (top.name, top.calls, top.imports) == ("", (".a.go",), (".a", ".a.go", ".a.stop"))
    assert (rest.name, rest.calls) == (ANY_UNIT, (".a.stop",))
    assert dict(links.aliases) == {"go": ".a.go", "stop": ".a.stop"}


def test_python_s_own_modules_are_left_out_unless_they_are_given() -> None:
    text = "import os\nos.system('x')\n"
    assert links_from_text(text, {}).units == ()
    assert links_from_text(text, {}, read_imports(text)).units[0].calls == ("os.system",)


@pytest.mark.parametrize("call", ["ego()", "x.go()", "go_on()", "go", "a_go ()"])
def test_names_that_only_contain_an_alias_are_no_calls_of_it(call: str) -> None:
    assert links_from_text(f"from .a import go\n{call}\n", {}).units[0].calls == ()


def test_attributes_of_an_alias_are_called_by_their_full_name() -> None:
    assert links_from_text("from . import a as b\nb.c.d (1)\n", {}).units[0].calls == (".a.c.d",)


def test_with_star_imports_any_call_may_lead_elsewhere() -> None:
    links = links_from_text("from .a import *\nfrom .b import c\ngo()\nc.d()\n", {})
    assert links.star_imports == (".a",)
    assert links.units[0].calls == (".b.c.d", "go")


def test_effects_belong_to_the_unit_of_their_scope() -> None:
    links = links_from_text("x = 1\n", {0: {"decode": 1}, ANY_SCOPE: {"socket": 2}})
    assert [(unit.name, unit.effects) for unit in links.units] == [
        ("", (("decode", 1),)),
        (ANY_UNIT, (("socket", 2),)),
    ]


def test_aliases_are_bounded() -> None:
    text = "".join(f"from .a import n{number}\n" for number in range(MAX_ALIASES + 9))
    assert len(links_from_text(text, {}).aliases) == MAX_ALIASES
