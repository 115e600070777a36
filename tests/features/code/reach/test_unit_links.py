"""Units of a file and the names by which they lead to others."""

import pytest

from features.code.contract import CodeUnit
from features.code.parse.symbol_table import IN_MAIN_GUARD, UNDER_COMMAND_TEST
from features.code.reach.unit_links import (
    MAIN_SCOPE,
    MAX_NAME_CHARS,
    MAX_NAMES,
    NO_SCOPE,
    UnitDraft,
    finish_units,
    may_be_in_release,
    unit_scope,
)
from features.contract import Role


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pkg.a", True),
        (".a", True),
        ("..", True),
        ("os.path", False),
        ("print", False),
        ("setuptools.command", False),
        ("?", False),
        ("", False),
        ("x" * MAX_NAME_CHARS, True),
        ("x" * (MAX_NAME_CHARS + 1), False),
    ],
)
def test_names_of_python_and_its_build_tools_lead_to_no_file_of_the_release(name: str, expected: bool) -> None:
    assert may_be_in_release(name) is expected


def test_code_runs_with_its_scope_unless_a_test_guards_it() -> None:
    assert [unit_scope(5, flags, Role.REST) for flags in (0, IN_MAIN_GUARD, UNDER_COMMAND_TEST)] == [5, MAIN_SCOPE, 5]
    assert unit_scope(5, UNDER_COMMAND_TEST, Role.INSTALL) == NO_SCOPE


@pytest.mark.parametrize(
    ("command", "files", "imports"),
    [
        ("python pkg/now.py &", {"pkg/now.py"}, set()),
        ("python -m pkg", {"-m pkg"}, set()),
        ("python -m pip install x", {"-m pip"}, set()),
        ("python -m json", set(), set()),
        ("python -c 'import pkg'", set(), {"pkg"}),
        ("from pkg import now", set(), {"pkg", "pkg.now"}),
        ("nothing to run", set(), set()),
    ],
)
def test_a_command_names_files_and_modules(command: str, files: set[str], imports: set[str]) -> None:
    draft = UnitDraft("")
    draft.add_command(command)
    assert (draft.files, draft.imports) == (files, imports)
    assert draft.is_empty() is not bool(files or imports)


def test_units_without_effects_or_links_are_left_out_and_the_others_numbered_anew() -> None:
    drafts = {scope: UnitDraft(f"f{scope}") for scope in range(4)}
    drafts[0].runs = {0, 1, 2, 3}
    drafts[3].calls = {"pkg.b", "pkg.a"}
    units = finish_units(drafts, {2: {"socket": 2, "decode": 1}})
    assert units == (
        CodeUnit("f0", runs=(1, 2)),
        CodeUnit("f2", effects=(("decode", 1), ("socket", 2))),
        CodeUnit("f3", calls=("pkg.a", "pkg.b")),
    )


def test_names_of_a_unit_are_bounded() -> None:
    draft = UnitDraft("")
    draft.calls = {f"pkg.f{number:04}" for number in range(2 * MAX_NAMES)}
    (unit,) = finish_units({0: draft}, {})
    assert unit.calls == tuple(f"pkg.f{number:04}" for number in range(MAX_NAMES))
