"""What Python code starts by name through another program: scripts, modules, and texts for an interpreter."""

import re
from collections.abc import Container, Iterator, Mapping
from itertools import islice

from features.archive.member_paths import clean
from features.code.parse.executing_names import PROCESS_STARTERS

_START = re.compile(
    rf"[Pcegprs](?<=\b(?=(?:{'|'.join(PROCESS_STARTERS)}|call|run|getoutput|getstatusoutput|system|popen"
    r"|spawn(?:[lv]p?e?)?|exec[lv]p?e?|posix_spawnp?|create_subprocess_(?:shell|exec))[ \t]*\().)\w+[ \t]*\("
)
"""A pattern that begins with one of a few letters is looked for many times as fast as one that begins with a border."""
_MAY_START = ("subprocess", "system", "popen", "spawn", "startfile", "exec")
"""A text without all of these starts nothing, whatever else it calls."""
_WORD = re.compile(r"sys\.executable|\"([^\"\n]{1,300})\"|'([^'\n]{1,300})'|\b([A-Za-z_]\w{0,60})\b(?![ \t]*[.(=])")
_ASSIGNED = re.compile(
    r"^[ \t]*([A-Za-z_]\w{0,60})[ \t]*=[ \t]*(?!=)([^\n]{1,400}(?:\n[^\n=]{1,200}){0,3})", re.MULTILINE
)
_INTERPRETER = re.compile(
    r"(?:.*[/\\])?(?:(?:ba|z|da|k)?sh|python[\d.]*w?|pypy3?|node|perl|ruby|php|powershell|pwsh|cmd|cscript|wscript|mshta)(?:\.exe)?"
)
_CHARS = 400
"""Characters of a call in which a name is looked for."""
_CALLS = 200
_WORDS = 24
_BEHIND = 6
"""Words behind an interpreter among which the file stands that it runs."""
_SPLIT = re.compile(r"\s+|([;&|])")
"""What is between words, and what a new command begins behind."""


def may_start(text: str) -> bool:
    """Return whether source of Python mentions at all what starts programs."""
    return any(word in text for word in _MAY_START)


def started(text: str, names: Container[str]) -> Iterator[tuple[str, bool]]:
    """Yield (name, whether it names a module) of what source of Python may start; a file's last name is in `names`."""
    assigned: Mapping[str, str] = {}
    for number, call in enumerate(islice(_START.finditer(text), _CALLS)):
        if number == 0:
            assigned = dict(islice(((m[1], m[2]) for m in _ASSIGNED.finditer(text)), _CALLS))
        yield from _run_by(_words(_arguments(text[call.end() : call.end() + _CHARS]), assigned), names)


def _arguments(text: str) -> str:
    """Return the text up to the bracket that ends the call."""
    depth = 1
    for match in re.finditer(r"[()]", text):
        depth += 1 if match[0] == "(" else -1
        if depth == 0:
            return text[: match.start()]
    return text


def _words(text: str, assigned: Mapping[str, str]) -> Iterator[str]:
    """Yield the words of the literals of an expression, and those of the names in it, one level deep."""
    for match in islice(_WORD.finditer(text), _WORDS):
        said = match[1] or match[2]
        if said:
            yield from filter(None, _SPLIT.split(said))
        elif match[3] is None:
            yield "python"
        elif match[3] in assigned:
            yield from _words(assigned[match[3]], {})


def _run_by(words: Iterator[str], names: Container[str]) -> Iterator[tuple[str, bool]]:
    behind, first = 0, True
    for word in words:
        if word in ";&|":
            behind, first = 0, True
            continue
        if _INTERPRETER.fullmatch(word):
            behind = _BEHIND
        elif word == "-m":
            yield from ((module, True) for module in islice(words, 1) if behind)
            return
        elif (first or behind) and not word.startswith("-"):
            behind = max(behind - 1, 0)
            if (said := clean(word)) and said[said.rfind("/") + 1 :] in names:
                yield said, False
                behind = 0
        first = False
