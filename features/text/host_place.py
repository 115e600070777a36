"""Defines a host that a text spells out; it is apart from the search for them, which loads a matcher."""

from typing import NamedTuple

from features.contract import HostKind


class HostPlace(NamedTuple):
    """A host in a text: in lower case, without its port; the line of its first place (from 1), and its `times`."""

    host: str
    kind: HostKind
    line: int
    times: int
