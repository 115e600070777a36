"""Parses hostile Python source: refuses source that would crash or exhaust the parser, with a reason."""

import ast
import re
import warnings

from features.text.lexing import lex

# CPython's parser joins the parts of an imported dotted name one by one, which is quadratic in time and memory: a file
# of one megabyte takes gigabytes.
_MAX_DOTS = 150
_LONG_DOTTED_NAME = re.compile(r"\.[ \t\\\r\n]*\w+[ \t\\\r\n]*(?:\.[ \t\\\r\n]*\w+[ \t\\\r\n]*){149}")
SHALLOW_DEPTH = 40
MAX_TOKENS = 320_000
"""Tokens of all source parsed at one time: each takes up to a KiB in the tree, and more in the symbol table."""
_SHORT = 16 * 2**10
"""Characters of a text up to which its length is the bound of its tokens."""
_WORDS_ONLY = bytes(c if chr(c).isalnum() or c == 95 or c >= 128 else 32 for c in range(256))
_NOT_PUNCTUATION = bytes(c for c in range(128) if not (33 <= c < 127) or chr(c).isalnum() or c == 95) + bytes(
    range(128, 256)
)
_NOT_BRACKETS = bytes(code for code in range(256) if code not in b"()[]{}")


class UnparsableError(ValueError):
    """Source has no syntax tree; `reason` is "depth", "syntax" or "size"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __reduce__(self) -> tuple[type["UnparsableError"], tuple[str]]:
        """Pickle by reason."""
        return UnparsableError, (self.reason,)


def bracket_depth(data: bytes) -> int:
    """Return the nesting depth of brackets outside strings and comments.

    Blocks are not counted, because the tokenizer itself refuses over a hundred levels of indentation.
    """
    depth = deepest = 0
    for code in lex(data).code.translate(None, _NOT_BRACKETS):
        if code in b"([{":
            depth += 1
            deepest = max(deepest, depth)
        elif depth:
            depth -= 1
    return deepest


def is_shallow(data: bytes) -> bool:
    """Return whether brackets nest less than 1.5 * SHALLOW_DEPTH deep, counting brackets in strings too.

    A string with closing brackets can make deep code seem shallow. The tokenizer's own bound, 200 open brackets,
    applies to such code.
    """
    left = data.translate(None, _NOT_BRACKETS)
    for _ in range(SHALLOW_DEPTH):
        before = len(left)
        left = left.replace(b"()", b"").replace(b"[]", b"").replace(b"{}", b"")
        if len(left) == before:
            break
    return len(left) < SHALLOW_DEPTH


def check_parsable(text: str, max_depth: int, max_tokens: int = MAX_TOKENS) -> None:
    """Raise UnparsableError if source nests deeper or has more tokens than allowed, before a parser reads it."""
    if len(text) >= max_tokens and estimate_tokens(text) > max_tokens:
        raise UnparsableError("size")
    if text.count(".") >= _MAX_DOTS and _LONG_DOTTED_NAME.search(text) is not None:
        raise UnparsableError("depth")
    data = text.encode("utf-8", "replace")
    if not is_shallow(data) and bracket_depth(data) > max_depth:
        raise UnparsableError("depth")


def estimate_tokens(text: str) -> int:
    """Return an upper bound of the tokens of source, including those in placeholders of f-strings.

    If the bound is low, it includes the words in strings and comments, which saves lexing the text.
    """
    if len(text) < _SHORT:
        return len(text) + 1
    data = text.encode("utf-8", "replace")
    count = _count_words_and_marks(data)
    if count < MAX_TOKENS // 8:
        return count
    lexed = lex(data)
    placeholders = sum(string.count(b"{") for string in lexed.strings)
    return _count_words_and_marks(lexed.code) + len(lexed.strings) + 3 * placeholders


def _count_words_and_marks(data: bytes) -> int:
    return len(data.translate(_WORDS_ONLY).split()) + len(data.translate(None, _NOT_PUNCTUATION)) + data.count(b"\n")


def parse_source(text: str, max_depth: int, max_tokens: int = MAX_TOKENS) -> ast.Module:
    """Return the syntax tree of source; raise UnparsableError if it has none or exceeds a limit.

    `max_depth` counts nested brackets.
    """
    check_parsable(text, max_depth, max_tokens)
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
