from typing import Any

import pytest

from features.contract import DeclaredEntryPoint
from features.packaging.entry_point_syntax import (
    MOST_ENTRY_POINTS,
    entry_points_of_argument,
    entry_points_of_lines,
    entry_points_of_pyproject,
    entry_points_of_text,
)

DEMO = DeclaredEntryPoint("console_scripts", "demo", "demo.cli:main")


@pytest.mark.parametrize(
    "text",
    [
        "[console_scripts]\ndemo = demo.cli:main\n",
        "\r\n [console_scripts] \r\ndemo=demo.cli:main\r\n",
        "before = nothing\n[console_scripts]\n# x = y\n; x = y\nwords\n\ndemo = demo.cli:main",
    ],
)
def test_the_entry_points_of_a_file(text):
    assert [DEMO] == entry_points_of_text(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"console_scripts": ["demo = demo.cli:main", 3]}, [DEMO]),
        ({"console_scripts": "demo = demo.cli:main"}, [DEMO]),
        ("[console_scripts]\ndemo = demo.cli:main", [DEMO]),
        ({3: ["a = b"], "x": 4, "console_scripts": ("demo = demo.cli:main",)}, [DEMO]),
        (None, []),
        ({"a\ud800": ["b = \ud800"]}, [DeclaredEntryPoint("a?", "b", "?")]),
    ],
)
def test_the_entry_points_of_an_argument_of_setup(value, expected):
    assert expected == entry_points_of_argument(value)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"project": {"scripts": {"demo": "demo.cli:main"}}}, [DEMO]),
        ({"project": {"gui-scripts": {"demo": "demo.cli:main"}}}, [DEMO._replace(group="gui_scripts")]),
        ({"project": {"entry-points": {"pytest11": {"demo": "demo.cli:main"}}}}, [DEMO._replace(group="pytest11")]),
        ({"tool": {"poetry": {"scripts": {"demo": "demo.cli:main"}}}}, [DEMO]),
        ({"tool": {"poetry": {"scripts": {"demo": {"reference": "demo.cli:main", "type": "console"}}}}}, [DEMO]),
        ({"tool": {"poetry": {"plugins": {"x": {"demo": "demo.cli:main"}}}}}, [DEMO._replace(group="x")]),
        ({"project": {"scripts": {"demo": 3, "more": {}}, "entry-points": [1]}, "tool": 5}, []),
    ],
)
def test_the_entry_points_of_pyproject_toml(document: dict[str, Any], expected: list[DeclaredEntryPoint]) -> None:
    assert expected == entry_points_of_pyproject(document)


def test_entry_points_are_bounded():
    many = [f"n{number} = {'x' * 999}" for number in range(9_999)]
    assert MOST_ENTRY_POINTS == len(entry_points_of_lines("a", many))
    assert MOST_ENTRY_POINTS == len(entry_points_of_text("\n".join(["[a]", *many])))
    assert MOST_ENTRY_POINTS == len(entry_points_of_argument({f"g{at}": many for at in range(9)}))
    assert MOST_ENTRY_POINTS == len(entry_points_of_pyproject({"project": {"scripts": dict.fromkeys(many, "a:b")}}))
    assert 200 == len(entry_points_of_lines("a", many)[0].target)
