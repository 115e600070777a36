"""`boojum evaluate`: its sections; what it leaves on disk is tested in evaluating/test_command."""

import pytest

from audit import cli
from audit.commands.evaluate import _parse_sections
from audit.errors import UsageError
from audit.exits import Exit
from model.evaluation.sections import SECTIONS


def test_sections_are_names_of_the_registry():
    names = tuple(section.name for section in SECTIONS)
    assert names == _parse_sections(",".join(names))


@pytest.mark.parametrize("text", ["", "nothing", "time,", "time, sets"])
def test_an_unknown_section_names_the_known_ones(text):
    with pytest.raises(UsageError, match="--sections names no section") as caught:
        _parse_sections(text)
    assert all(section.name in caught.value.hint for section in SECTIONS)


def test_it_is_misuse_on_the_command_line(capsys):
    assert Exit.MISUSE == cli.main(["evaluate", "--sections", "nothing"])
    assert 1 == capsys.readouterr().err.count("\n")
