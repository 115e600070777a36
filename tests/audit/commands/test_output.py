"""Tests the output of commands: results on stdout, notices on stderr."""

from argparse import Namespace
from dataclasses import dataclass

from audit.commands.output import print_notice, print_result


@dataclass(frozen=True)
class Result:
    number: int


def test_a_result_is_text_on_stdout(capsys):
    print_result(Namespace(json=False), Result(3), lambda result: f"{result.number} files")
    assert ("3 files\n", "") == capsys.readouterr()


def test_a_result_is_json_with_the_flag(capsys):
    print_result(Namespace(json=True), Result(3), str)
    assert ('{\n "number": 3\n}\n', "") == capsys.readouterr()


def test_a_notice_is_a_line_on_stderr(capsys):
    print_notice("interrupted")
    assert ("", "boojum: interrupted\n") == capsys.readouterr()


def test_no_name_reaches_a_terminal_with_an_escape_sequence(capsys):
    print_notice("\x1b[31m\n/srv is \udcff")
    print_result(Namespace(json=False), Result(3), lambda _: "first \x1b[31m\nsecond")
    assert ("first \\u{1b}[31m\nsecond\n", "boojum: \\u{1b}[31m\\u{a}/srv is \\u{dcff}\n") == capsys.readouterr()
