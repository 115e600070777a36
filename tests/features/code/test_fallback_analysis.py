"""Source without a tree is analysed by its text."""

import pytest

from features.code.analyse_file import analyse_file
from features.code.contract import ANY_UNIT
from features.contract import Role
from tests.features.code.conftest import INNER

BROKEN = ")\n"


def counts(source: str) -> dict[str, int]:
    analysis = analyse_file((BROKEN + source).encode(), Role.INSTALL)
    assert (analysis.parsed, analysis.reason) == (False, "syntax")
    return dict(analysis.counts)


@pytest.mark.parametrize(("source", "runs"), [("import os\nos.system('x')", 1), ("import os\n  os.system('x')", 0)])
def test_calls_without_indentation_run(source, runs):
    found = counts(source)
    assert (found["call_execute_process"], found.get("run_execute_process", 0)) == (1, runs)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("exec(base64.b64decode(x))", 1),
        ("exec(a); y = b64.b64decode(x)", 1),
        ("exec(a)\ny = b64.b64decode(x)", 0),
        ("exec(a.b64decode(x)); exec(b)", 2),
        ("os.system(zlib.decompress(x))", 1),
        ("print(base64.b64decode(x))", 0),
    ],
)
def test_decoding_and_execution_in_one_line_are_a_finding(source, expected):
    assert counts(source).get("finding_decode_then_execute", 0) == expected


@pytest.mark.parametrize(
    ("literal", "expected"), [(f"'{INNER}'", 1), (f'"{INNER}"', 1), ("'a plain text of words'", 0)]
)
def test_quoted_constants_are_unpacked(literal, expected):
    assert counts(f"x = {literal}").get("finding_unpacked_code", 0) == expected


def test_the_line_of_a_constant_is_kept():
    analysis = analyse_file(f"{BROKEN}\n\nx = '{INNER}'".encode(), Role.REST)
    assert {location.line for location in analysis.locations} == {4}


def test_effects_are_of_the_file_or_of_any_function():
    analysis = analyse_file(f"{BROKEN}import os\nos.system('x')\n  os.remove('y')".encode(), Role.REST)
    effects = {unit.name: dict(unit.effects) for unit in analysis.units}
    assert effects == {"": {"execute_process": 1}, ANY_UNIT: {"file_delete": 1}}
