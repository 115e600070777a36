"""Parsing hostile source: what would crash or exhaust the parser is refused before it, with a reason."""

import ast
import re
import warnings

_TOKENS = re.compile(
    r"""(?P<triple>'''|\"\"\")|(?P<string>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|(?P<comment>\#[^\n]*)"""
    r"""|(?P<open>[(\[{]+)|(?P<close>[)\]}]+)|(?P<line>\n[ \t]*)""",
    re.DOTALL,
)
# CPython's parser joins the parts of an imported dotted name one by one: quadratic in time and memory, gigabytes
# for a file of one megabyte.
_DOTTED = re.compile(r"(?:\.[ \t\\\r\n]*\w+[ \t\\\r\n]*){150}")
SHALLOW = 40
_NO_BRACKETS = bytes(code for code in range(256) if code not in b"()[]{}")


class Unparsed(ValueError):  # noqa: N818 - it is an answer, not an accident
    """Source that has no tree here; `reason` is one of "depth", "syntax", "size"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __reduce__(self) -> tuple[type["Unparsed"], tuple[str]]:
        """Pickle by reason."""
        return Unparsed, (self.reason,)


def nesting(text: str, enough: int = 1 << 30) -> int:
    """Return how deep brackets and blocks nest, outside strings and comments; stops counting at `enough`."""
    depth = deepest = 0
    indents = [0]
    position, length = 0, len(text)
    while position < length:
        match = _TOKENS.search(text, position)
        if match is None:
            break
        kind = match.lastgroup
        position = match.end()
        if kind == "triple":
            end = text.find(match.group(), position)
            position = end + 3 if end >= 0 else position
        elif kind == "open":
            depth += len(match.group())
        elif kind == "close":
            depth = max(0, depth - len(match.group()))
        elif kind == "line" and depth == 0 and text[position : position + 1] not in ("\n", "#", ""):
            width = len(match.group()) - 1
            while len(indents) > 1 and indents[-1] > width:
                indents.pop()
            if width > indents[-1]:
                indents.append(width)
        if depth + len(indents) > deepest:
            deepest = depth + len(indents)
            if deepest > enough:
                return deepest
    return deepest


def is_shallow(data: bytes) -> bool:
    """Return whether brackets surely nest less than SHALLOW deep, if no string is meant to mislead.

    Blocks need no count here: the tokenizer refuses over a hundred levels of indentation by itself.
    """
    left = data.translate(None, _NO_BRACKETS)
    for _ in range(SHALLOW):
        before = len(left)
        left = left.replace(b"()", b"").replace(b"[]", b"").replace(b"{}", b"")
        if len(left) == before:
            break
    return len(left) < SHALLOW


def parse(text: str, limit: int) -> ast.Module:
    """Return the tree of source text; Unparsed where it has none or nests deeper than `limit`."""
    if _DOTTED.search(text) is not None or (not is_shallow(text.encode()) and nesting(text, limit) > limit):
        raise Unparsed("depth")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError:
        raise Unparsed("syntax") from None
    except (RecursionError, MemoryError):
        raise Unparsed("depth") from None
    except ValueError:
        # Integers of more digits than the interpreter converts, and null bytes in older parsers.
        raise Unparsed("syntax") from None
