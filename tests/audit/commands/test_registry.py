"""The registry of commands: complete, and every command has help that names its flags."""

import argparse
import re
from pathlib import Path

import pytest

import audit.commands
from audit import cli
from audit.commands.contract import CommandGroup
from audit.commands.registry import COMMANDS

FOLDER = Path(audit.commands.__file__).parent
NO_COMMAND = {"__init__", "arguments", "contract", "output", "registry"}
LEAVES = [
    (*words, command)
    for entry in COMMANDS
    for words, command in (
        [((entry.name, inner.name), inner) for inner in entry.commands]
        if isinstance(entry, CommandGroup)
        else [((entry.name,), entry)]
    )
]
IDS = [" ".join(leaf[:-1]) for leaf in LEAVES]


def test_every_command_on_disk_is_registered():
    modules = {path for path in FOLDER.rglob("*.py") if path.stem not in NO_COMMAND}
    registered = [FOLDER.joinpath(*words).with_suffix(".py") for *words, _ in LEAVES]
    assert modules == set(registered)
    assert len(modules) == len(registered)


def test_a_command_is_defined_in_the_module_of_its_name():
    for *words, command in LEAVES:
        assert type(command).__module__ == ".".join(["audit.commands", *words])


def test_the_help_lists_every_command_in_order(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    listed = re.findall(r"^    (\w+)\s+\w", capsys.readouterr().out, flags=re.MULTILINE)
    assert [command.name for command in COMMANDS] == listed


def test_the_help_of_a_group_lists_its_commands(capsys):
    for group in COMMANDS:
        if isinstance(group, CommandGroup):
            with pytest.raises(SystemExit):
                cli.main([group.name, "--help"])
            listed = re.findall(r"^    (\w+)(?: +\w|$)", capsys.readouterr().out, flags=re.MULTILINE)
            assert [command.name for command in group.commands] == listed


@pytest.mark.parametrize("leaf", LEAVES, ids=IDS)
def test_the_help_of_a_command_names_all_its_flags(leaf, capsys):
    *words, command = leaf
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    shown = [action for action in parser._actions if action.help is not argparse.SUPPRESS]
    with pytest.raises(SystemExit) as caught:
        cli.main([*words, "--help"])
    text = capsys.readouterr().out
    assert 0 == caught.value.code
    assert f"usage: boojum {' '.join(words)}" in text
    assert command.summary[1:] in " ".join(text.split()).replace("- ", "-")
    for action in shown:
        assert action.help, action
        for flag in action.option_strings:
            assert flag in text


@pytest.mark.parametrize("leaf", LEAVES, ids=IDS)
def test_a_summary_is_half_a_sentence(leaf):
    summary = leaf[-1].summary
    assert summary[0].islower()
    assert not summary.endswith(".")
    assert len(summary) <= 100


def test_each_flag_has_one_meaning():
    """A flag has the same placeholder in every command, so that it is a file, a folder or a number everywhere."""
    allowed = {
        "--into": {"FILE", "DIR"},  # the file or folder that receives the result
        "--list": {None, "FILE"},  # print a list, or in `corpus` the list of artifacts to fetch
    }
    seen: dict[str, set[str | None]] = {}
    for *_, command in LEAVES:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        for action in parser._actions:
            if action.option_strings and action.help is not argparse.SUPPRESS:
                placeholder = action.metavar if isinstance(action.metavar, str) else None
                seen.setdefault(action.option_strings[-1], set()).add(placeholder)
    assert {} == {flag: found for flag, found in seen.items() if len(found) > 1 and found != allowed.get(flag)}
