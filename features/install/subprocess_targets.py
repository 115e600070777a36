"""Finds the scripts, modules and other files that Python code starts in another program."""

import re
from collections.abc import Container, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from features.archive.member_paths import normalise_path
from features.code.parse.executing_names import PROCESS_STARTERS

_CALL = re.compile(
    rf"[Pcegprs](?<=\b(?=(?:{'|'.join(PROCESS_STARTERS)}|call|run|getoutput|getstatusoutput|system|popen"
    r"|spawn(?:[lv]p?e?)?|exec[lv]p?e?|posix_spawnp?|create_subprocess_(?:shell|exec))[ \t]*\().)\w+[ \t]*\("
)
"""A call that starts a program; it begins with one of few letters to be fast (stage `open` of `boojum bench`)."""
_NECESSARY_WORDS = ("subprocess", "system", "popen", "spawn", "startfile", "exec")
_WORD = re.compile(r"sys\.executable|\"([^\"\n]{1,300})\"|'([^'\n]{1,300})'|\b([A-Za-z_]\w{0,60})\b(?![ \t]*[.(=])")
"""The interpreter, a string literal (groups 1 and 2) or a variable (group 3)."""
_ASSIGNMENT = re.compile(
    r"^[ \t]*([A-Za-z_]\w{0,60})[ \t]*=[ \t]*(?!=)([^\n]{1,400}(?:\n[^\n=]{1,200}){0,3})", re.MULTILINE
)
_INTERPRETER = re.compile(
    r"(?:.*[/\\])?(?:(?:ba|z|da|k)?sh|python[\d.]*w?|pypy3?|node|perl|ruby|php|powershell|pwsh|cmd|cscript|wscript|mshta"
    r"|[gn]?make|cmake|ninja|meson|scons|(?:gcc|g\+\+|clang|clang\+\+)(?:-[\d.]+)?|cc|c\+\+|cl|rustc|tclsh|lua)(?:\.exe)?"
)
_SEPARATOR = re.compile(r"\s+|([;&|])")
"""Separator of the words of a command line; group 1 begins a new command."""
_ARGUMENT_CHARS = 400
"""Characters of a call's arguments that are searched."""
_MAX_CALLS = 200
_MAX_WORDS = 24
_INTERPRETER_REACH = 6
"""Words after an interpreter that may name the file that it runs."""


class SubprocessTarget(NamedTuple):
    """The path of a file that is run, or the dotted name of a module that `python -m` runs."""

    name: str
    is_module: bool


def may_start_processes(source: str) -> bool:
    """Return whether Python source contains a word that every start of a program needs."""
    return any(word in source for word in _NECESSARY_WORDS)


def find_subprocess_targets(source: str, file_names: Container[str]) -> Iterator[SubprocessTarget]:
    """Yield the targets that Python source may start; files are found if their name is among `file_names`."""
    assigned: Mapping[str, str] = {}
    for number, call in enumerate(islice(_CALL.finditer(source), _MAX_CALLS)):
        if number == 0:
            assigned = dict(islice(((match[1], match[2]) for match in _ASSIGNMENT.finditer(source)), _MAX_CALLS))
        arguments = _cut_at_bracket(source[call.end() : call.end() + _ARGUMENT_CHARS])
        yield from _find_in_command(_words(arguments, assigned), file_names)


def _cut_at_bracket(text: str) -> str:
    """Return the text up to the closing bracket of the call."""
    depth = 1
    for match in re.finditer(r"[()]", text):
        depth += 1 if match[0] == "(" else -1
        if depth == 0:
            return text[: match.start()]
    return text


def _words(expression: str, assigned: Mapping[str, str]) -> Iterator[str]:
    """Yield the words of an expression's string literals, and of those that its variables were assigned."""
    for match in islice(_WORD.finditer(expression), _MAX_WORDS):
        literal = match[1] or match[2]
        if literal:
            yield from filter(None, _SEPARATOR.split(literal))
        elif match[3] is None:
            yield "python"
        elif match[3] in assigned:
            yield from _words(assigned[match[3]], {})


def _find_in_command(words: Iterator[str], file_names: Container[str]) -> Iterator[SubprocessTarget]:
    """Yield the first word of each command and the words after an interpreter that name a file or a module."""
    reach, is_first = 0, True
    for word in words:
        if word in ";&|":
            reach, is_first = 0, True
            continue
        if _INTERPRETER.fullmatch(word):
            reach = _INTERPRETER_REACH
        elif word == "-m":
            yield from (SubprocessTarget(module, is_module=True) for module in islice(words, 1) if reach)
            return
        elif (is_first or reach) and not word.startswith("-"):
            reach = max(reach - 1, 0)
            if (path := normalise_path(word)) and path[path.rfind("/") + 1 :] in file_names:
                yield SubprocessTarget(path, is_module=False)
                reach = 0
        is_first = False
