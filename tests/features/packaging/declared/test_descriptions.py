"""Summary and description."""

import pytest

from features.packaging.declared.descriptions import DESCRIPTION_CHARS, description_values, install_commands
from features.packaging.metadata import CoreMetadata


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("pip install Sheep_Counter", ("sheep-counter",)),
        ("python -m pip3 install -U --user requests", ("requests",)),
        ("uv add goats", ("goats",)),
        ("uv pip install goats", ("goats",)),
        ("poetry add 'goats'", ("goats",)),
        ("conda install goats\npip install sheep", ("goats", "sheep")),
        ("ship install goats", ()),
        ("pip  is easy to install", ()),
        ("pip install -r requirements.txt", ("requirements-txt",)),
        ("", ()),
    ],
)
def test_install_commands_are_found(command: str, expected: tuple[str, ...]) -> None:
    assert install_commands(command) == expected


def test_a_summary_is_measured() -> None:
    values = description_values(CoreMetadata(name="sheep-counter", summary="Counts sheep xkqzvjw"))
    assert (values["summary_chars"], values["summary_words"], values["summary_is_name"]) == (20, 3, False)
    assert values["summary_random"] == pytest.approx(1 / 3)
    assert description_values(CoreMetadata(name="Sheep_Counter", summary="sheep counter!"))["summary_is_name"] is True
    assert description_values(CoreMetadata(name="", summary=""))["summary_random"] is None


def test_an_empty_summary_is_no_placeholder() -> None:
    assert description_values(CoreMetadata())["summary_placeholder"] is False


def test_a_description_that_setup_computes_has_no_figures() -> None:
    dynamic = frozenset({"long_description"})
    assert "description_words" not in description_values(CoreMetadata(dynamic=dynamic))
    assert description_values(CoreMetadata())["description_words"] == 0
    assert description_values(CoreMetadata(description="Sheep.", dynamic=dynamic))["description_words"] == 1


def test_words_are_the_same_in_ascii_and_beyond() -> None:
    for tail in ("", " \u00e9t\u00e9"):
        values = description_values(CoreMetadata(description=f"one two_three, one-two (three)!{tail}"))
        assert values["description_words"] == 5 + bool(tail)
    assert description_values(CoreMetadata(description="a b a b"))["description_distinct"] == 0.5


def test_only_the_beginning_of_a_long_description_is_measured() -> None:
    values = description_values(CoreMetadata(description="x" * DESCRIPTION_CHARS + " https://late.example"))
    assert values["description_chars"] == DESCRIPTION_CHARS + 21
    assert values["description_links"] == 0


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("See sheep counter", True),
        ("See sheep_counter", True),
        ("See SHEEP-COUNTER", True),
        ("See sheep.counter", True),
        ("See the sheepish counter", False),
    ],
)
def test_a_project_is_mentioned_however_its_name_is_written(description: str, expected: bool) -> None:
    values = description_values(CoreMetadata(name="sheep-counter", description=description))
    assert values["description_names_project"] is expected


def test_a_description_that_repeats_the_summary_shows() -> None:
    said = CoreMetadata(summary="Counts sheep", description=" Counts sheep\n")
    assert description_values(said)["description_is_summary"] is True
    assert description_values(CoreMetadata())["description_is_summary"] is False
