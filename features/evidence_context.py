"""Adds the lines around each piece of evidence, so that a person can judge it without opening the artifact."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

from features.contract import Evidence, FileType, Member, Release
from features.place_keys import bounded_excerpt
from features.runtime.cache import cached
from features.text.decode import decode_source, decode_text, is_plain

AROUND = 2
"""Lines before and after the line of a place."""
LINE_CHARS = 160
"""Characters of each line, with the sign that it was cut."""
DECODED_BYTES = 4 * 2**20
"""Bytes of the longest text that is decoded again; the places in a longer one have no lines around them."""

_CODE = frozenset((FileType.PYTHON, FileType.PTH))
_NO_TEXT = frozenset((FileType.NATIVE, FileType.BYTECODE, FileType.ARCHIVE, FileType.EMPTY))
_STEP = 2**16
_FIELDS = attrgetter("member", "line", "indicator", "role", "excerpt", "weight")
_BEFORE = 20
"""Characters that are shown before an excerpt far to the right."""


def add_context(release: Release, places: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return evidence with bounded excerpts and the lines around it; data that is no text has none.

    Of several members of one path, the one whose line shows the excerpt counts.
    """
    wanted: dict[str, list[Evidence]] = {}
    for place in places:
        wanted.setdefault(place.member, []).append(place)
    found: dict[Evidence, tuple[str, int]] = {}
    for member in release.members if wanted else ():
        if member.path in wanted and member.file_type not in _NO_TEXT:
            for place, (context, first) in _contexts(member, wanted[member.path]):
                is_shown = _beginning(place) in context
                if place not in found or (is_shown and _beginning(place) not in found[place][0]):
                    found[place] = context, first
    return tuple(_with_context(place, *found.get(place, ("", 0))) for place in places)


def _beginning(place: Evidence) -> str:
    return place.excerpt[: LINE_CHARS // 4]


def _with_context(place: Evidence, context: str, first: int) -> Evidence:
    member, line, indicator, role, excerpt, weight = _FIELDS(place)
    return Evidence(member, line, indicator, role, bounded_excerpt(excerpt), weight, context, first)


def _contexts(member: Member, places: Sequence[Evidence]) -> Iterator[tuple[Evidence, tuple[str, int]]]:
    """Yield places of a member, each with the lines around it and the number of the first of them."""
    wanted = tuple([(place.line, _beginning(place)) for place in places])
    for place, context in zip(places, _contexts_at(member, wanted), strict=True):
        if context[0]:
            yield place, context


@cached(
    "contexts",
    key=lambda member, wanted: (member.key, member.file_type, wanted),
    size_of=lambda contexts: sum([120 + 4 * len(context) for context, _ in contexts]),
)
def _contexts_at(member: Member, wanted: Sequence[tuple[int, str]]) -> tuple[tuple[str, int], ...]:
    """Return the lines around each (line, beginning of an excerpt), "" for none, and the number of the first one."""
    text = _text_of(member)
    is_text = member.file_type is not FileType.BINARY
    listed = text.split(b"\n") if len(text) <= _STEP else None
    found: list[tuple[str, int]] = []
    for number, beginning in wanted:
        first = max(number - AROUND, 1)
        lines = _lines(text, first, number + AROUND) if listed is None else listed[first - 1 : number + AROUND]
        shown = [_bounded_line(line, beginning if at == number else "") for at, line in enumerate(lines, first)]
        context = "\n".join(shown).rstrip("\n")
        # Data that is no text may still be read as text, but its lines mean nothing without the excerpt among them.
        is_shown = context.strip() and (is_text or beginning in context) and "\0" not in context
        found.append((context, first) if is_shown else ("", 0))
    return tuple(found)


def _lines(text: bytes, first: int, last: int) -> Sequence[bytes]:
    """Return some lines of a long text, counted from 1; a line is cut where it is longer than any excerpt's place."""
    start = _start_of_line(text, first)
    count = last - first + 1
    return text[start : start + _STEP].split(b"\n", count)[:count] if start >= 0 else ()


def _start_of_line(text: bytes, line: int) -> int:
    """Return the offset of a line, counted from 1; -1 if there are fewer lines."""
    left, at = line - 1, 0
    while left > 0:
        piece = text[at : at + _STEP]
        lines = piece.count(b"\n")
        if lines >= left:
            break
        if len(piece) < _STEP:
            return -1
        left -= lines
        at += _STEP
    for _ in range(left):
        at = text.find(b"\n", at) + 1
    return at


def _bounded_line(line: bytes, beginning: str) -> str:
    """Return at most LINE_CHARS of a line, those around the beginning of an excerpt if it stands far to the right."""
    text = (line if beginning else line[: 4 * LINE_CHARS + 4]).decode("utf-8", "replace").rstrip()
    if len(text) <= LINE_CHARS:
        return text
    at = text.find(beginning) if beginning else 0
    if at < LINE_CHARS // 2:
        return text[: LINE_CHARS - 1] + "…"
    shown = text[at - _BEFORE : at - _BEFORE + LINE_CHARS - 2]
    return f"…{shown}…" if at - _BEFORE + LINE_CHARS - 2 < len(text) else f"…{shown}"


def _text_of(member: Member) -> bytes:
    """Return the text of a member in UTF-8, with the lines that the passes count."""
    data = member.content
    if is_plain(data):
        return data
    if len(data) > DECODED_BYTES:
        return b""
    decoded = decode_source(data) if member.file_type in _CODE else decode_text(data)
    return "\n".join(filter(None, (decoded.text, decoded.also))).encode()
