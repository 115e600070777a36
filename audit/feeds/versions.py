"""Compares versions with the versions and ranges that a record names."""

from collections.abc import Mapping, Sequence

from packaging.utils import canonicalize_version
from packaging.version import Version

EVENTS = ("introduced", "fixed", "last_affected")
"""Events of a range of OSV that say which versions are affected."""


def canonical_version(text: str) -> str:
    """Return a version in the form in which equal ones are equal; text that is no version in lower case."""
    try:
        return canonicalize_version(Version(text))
    except ValueError:  # InvalidVersion, or a number with more digits than the interpreter converts
        return text.strip().lower()


def parse_version(text: str) -> Version | None:
    """Return a version, None where the text is none."""
    try:
        return Version(text)
    except ValueError:
        return None


def parse_events(events: Sequence[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the events of a range in the order of their versions; raises ValueError where a version does not parse."""
    found = []
    for event in events:
        for name in EVENTS:
            if name in event:
                text = str(event[name])
                version = None if text == "0" else parse_version(text)
                if version is None and text != "0":
                    raise ValueError(f"`{text[:80]}` is no version")
                found.append((version, name, text))
    # What is introduced at a version is there at it, and what is fixed at it is not.
    ordered = sorted(found, key=lambda each: (each[0] is not None, each[0] or Version("0"), EVENTS.index(each[1])))
    return tuple((name, text) for _, name, text in ordered)


def is_in_range(version: str, events: Sequence[Sequence[str]]) -> bool:
    """Return whether a version is affected by a range of OSV (type ECOSYSTEM), whose events are in order."""
    given = parse_version(version)
    if given is None:
        return False
    affected = False
    for name, text in events:
        bound = None if text == "0" else parse_version(text)
        if name == "introduced" and (bound is None or given >= bound):
            affected = True
        elif bound is not None and ((name == "fixed" and given >= bound) or (name != "introduced" and given > bound)):
            affected = False
    return affected


def is_open(events: Sequence[Sequence[str]]) -> bool:
    """Return whether a range has no end, so that versions of the future are in it."""
    return bool(events) and events[-1][0] == "introduced"


def is_everything(events: Sequence[Sequence[str]]) -> bool:
    """Return whether a range has all versions."""
    return [tuple(event) for event in events] == [("introduced", "0")]
