"""Parsing hostile source: what would crash or exhaust the parser is refused before it, with a reason."""

import ast
import re
import warnings

from features.text.lexing import lex

# CPython's parser joins the parts of an imported dotted name one by one: quadratic in time and memory, gigabytes
# for a file of one megabyte.
_DOTS = 150
_DOTTED = re.compile(r"\.[ \t\\\r\n]*\w+[ \t\\\r\n]*(?:\.[ \t\\\r\n]*\w+[ \t\\\r\n]*){149}")
SHALLOW_DEPTH = 40
MAX_TOKENS = 320_000
"""Tokens of all text that is parsed at one time: a tree takes up to a KiB for each, and lists of names come on top."""
_SHORT = 16 * 2**10
_WORD = bytes(c if chr(c).isalnum() or c == 95 or c >= 128 else 32 for c in range(256))
_MARKS = bytes(c for c in range(128) if not (33 <= c < 127) or chr(c).isalnum() or c == 95) + bytes(range(128, 256))
_NO_BRACKETS = bytes(code for code in range(256) if code not in b"()[]{}")


class UnparsableError(ValueError):
    """Source that has no tree here; `reason` is one of "depth", "syntax", "size"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __reduce__(self) -> tuple[type["UnparsableError"], tuple[str]]:
        """Pickle by reason."""
        return UnparsableError, (self.reason,)


def bracket_depth(data: bytes) -> int:
    """Return how deep brackets nest, outside strings and comments.

    Blocks need no count: the tokenizer refuses over a hundred levels of indentation by itself.
    """
    depth = deepest = 0
    for code in lex(data).code.translate(None, _NO_BRACKETS):
        if code in b"([{":
            depth += 1
            deepest = max(deepest, depth)
        elif depth:
            depth -= 1
    return deepest


def is_shallow(data: bytes) -> bool:
    """Return whether brackets nest less than SHALLOW deep, if no string is meant to mislead; quick."""
    left = data.translate(None, _NO_BRACKETS)
    for _ in range(SHALLOW_DEPTH):
        before = len(left)
        left = left.replace(b"()", b"").replace(b"[]", b"").replace(b"{}", b"")
        if len(left) == before:
            break
    return len(left) < SHALLOW_DEPTH


def check_parsable(text: str, limit: int, tokens: int = MAX_TOKENS) -> None:
    """Raise Unparsed where source text nests deeper or has more tokens than it may: no parser is to be shown it."""
    if len(text) >= tokens and estimate_tokens(text) > tokens:
        raise UnparsableError("size")
    if text.count(".") >= _DOTS and _DOTTED.search(text) is not None:
        raise UnparsableError("depth")
    data = text.encode("utf-8", "replace")
    if not is_shallow(data) and bracket_depth(data) > limit:
        raise UnparsableError("depth")


def estimate_tokens(text: str) -> int:
    """Return at most how many tokens source text has, quick: where they are few, words in strings are counted too.

    Placeholders of f-strings count, since each of them is parsed.
    """
    if len(text) < _SHORT:
        return len(text) + 1
    data = text.encode("utf-8", "replace")
    count = _count(data)
    if count < MAX_TOKENS // 8:
        return count
    lexed = lex(data)
    return _count(lexed.code) + len(lexed.strings) + 3 * sum(string.count(b"{") for string in lexed.strings)


def _count(data: bytes) -> int:
    return len(data.translate(_WORD).split()) + len(data.translate(None, _MARKS)) + data.count(b"\n")


def parse_source(text: str, limit: int, tokens: int = MAX_TOKENS) -> ast.Module:
    """Return the tree of source text; Unparsed where it has none, nests deeper than `limit` or has more tokens."""
    check_parsable(text, limit, tokens)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError:
        raise UnparsableError("syntax") from None
    except (RecursionError, MemoryError):
        raise UnparsableError("depth") from None
    except ValueError:
        # Integers of more digits than the interpreter converts, and null bytes in older parsers.
        raise UnparsableError("syntax") from None
