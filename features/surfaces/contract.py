"""Defines the place of a surface where a rule matched."""

from typing import NamedTuple


class SurfacePlace(NamedTuple):
    """A place where a rule of `features.surfaces.rules` matched; `line` counts from 1, `factor` is on its weight."""

    rule: str
    member: str
    line: int
    excerpt: str
    factor: float = 1.0


_EXCERPT = 200


def place_at(rule: str, member: str, data: bytes, start: int, factor: float = 1.0) -> SurfacePlace:
    """Return the place of a rule at an offset of a member's content."""
    begin = data.rfind(b"\n", 0, start) + 1
    end = data.find(b"\n", start)
    end = len(data) if end < 0 else end
    if end - begin > _EXCERPT:
        begin = max(begin, start - _EXCERPT // 4)
    excerpt = data[begin : min(end, begin + _EXCERPT)].decode("utf-8", "replace").strip()
    return SurfacePlace(rule, member, data.count(b"\n", 0, start) + 1, excerpt, factor)
