"""Decides whether a text file that code executes is Python, either directly or after decoding."""

import warnings

from features.archive.file_type import is_script
from features.archive.retention import HEAD_BYTES, RawMember, keep_as_code
from features.code.evaluate.unpack import reads_like_code
from features.code.parse.safe_parse import check_parsable
from features.contract import FileType
from features.install.decoded_texts import MAX_BYTES, decode_candidates, is_json
from features.limits import SYNTAX_DEPTH
from features.text.decode import decode_source

EXECUTED_BINARY = "executed binary"
"""Problem of binary data that is executed and that was not understood."""


def mark_as_executed(member: RawMember, call_context: str, decode_budget: int) -> int:
    """Turn a text that is executed into a Python member if it is Python; return the bytes of the budget that it used.

    `call_context` is the code around the call that executes it, "" if another program runs the file as it is. A text
    that becomes code by decoding gets the decoded content. Binary data becomes a text, since an encoding makes Python
    of any bytes, and shells read on; it is a problem of its member if it was not held, or is neither code nor decoded.
    `decode_budget` are the bytes that may still be decoded.
    """
    was_binary = member.file_type is FileType.BINARY
    if was_binary:
        if member.data:
            # Pickles are examined as such.
            return 0
        keep_as_code(member, FileType.TEXT, EXECUTED_BINARY)
    if member.file_type is not FileType.TEXT or not member.data:
        return 0
    if not call_context and is_script(member.path, member.head):
        return 0
    used = 0
    if len(member.data) <= MAX_BYTES:
        is_python = compiles(member.data)
        if call_context and not (is_python and _is_plain_code(member.data)) and len(member.data) <= decode_budget:
            decoded, used = _decode(member.data, call_context, decode_budget)
            if decoded is not None:
                member.data, member.head, member.content_key = decoded, decoded[:HEAD_BYTES], b""
                is_python = True
        if not is_python:
            if was_binary and call_context:
                member.problem = member.problem or EXECUTED_BINARY
            return used
    elif was_binary and not call_context:
        return 0
    member.file_type = FileType.PYTHON
    return used


def _is_plain_code(data: bytes) -> bool:
    """Return whether a text that compiles is code; Base64 compiles as a name, and JSON as an expression."""
    return reads_like_code(data) and not is_json(data)


def _decode(data: bytes, call_context: str, budget: int) -> tuple[bytes | None, int]:
    """Return the first decoding of a text that is Python (None if there is none), and the bytes that were tried."""
    used = len(data)
    for decoded in filter(reads_like_code, decode_candidates(data, call_context)):
        used += len(decoded)
        if compiles(decoded):
            return decoded, used
        if used > budget:
            break
    return None, used


def compiles(data: bytes) -> bool:
    """Return whether the interpreter can compile a text, without executing it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = decode_source(data).text
            check_parsable(text, SYNTAX_DEPTH)
            compile(text, "member", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError):
        return False
    return True
