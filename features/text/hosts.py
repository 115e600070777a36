"""Finds the hosts that a text spells out: those of URLs, and addresses and names that are strings of their own.

One Hyperscan pass finds where they may begin, so that a text costs a tenth of what its indicators cost.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import hyperscan

from features.contract import HostKind
from features.runtime.cache import cached_text
from features.runtime.pattern_store import Scanners, compiled_database
from features.text.host_place import HostPlace
from features.text.indicator_hits import lines_of

MOST_HOSTS = 257
"""Hosts of one text that are kept: one more than a row keeps, which shows that there were more."""
MOST_MATCHES = 1 << 14
"""Places in one text that are looked at."""

_DOMAINS = frozenset(
    (b"com net org edu gov biz xyz top ru cn su tk gq cf pw cc icu club online website onion de uk fr eu jp br nl"
     b" example invalid").split()
)  # fmt: skip
"""Top domains that are seldom the last part of a dotted name in code."""
_OTHER_DOMAINS = frozenset(
    (b"io dev app me co sh ai live fun pro site cloud host space link store tech shop info in us to gg ly la").split()
)
"""Top domains that a name in code may end in: a string is a host only if it has three parts."""
# Each begins or ends in letters that are rare in text: of other patterns for the same, some take five times as long.
_PATTERNS = (
    r"://[^\s]",
    r"/dev/(?:tcp|udp)/[^\s]",
    r"\d\.\d{1,3}\.\d{1,3}\.\d{1,3}[\"'/?:\\]",
    rf"\.(?:{b'|'.join(sorted(_DOMAINS | _OTHER_DOMAINS)).decode()})(?:[\"']|:\d)",
)
NAMES_BYTES = 2**15
"""Bytes of the longest text other than code that is searched for names."""
_URLS = 2
"""Number of patterns that end in the first letter of a host; the others end behind one."""
_REACH = 300
"""Bytes before or behind the end of a match that are looked at."""
_AUTHORITY = re.compile(
    rb"(?:[^\s/?#\"'<>@\\]{0,200}@)?(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_\x80-\xff][A-Za-z0-9._\x80-\xff-]{0,252})"
)
_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
_QUOTES = b"\"'"
_BEFORE_STRING = b"\"'@"
_BEFORE_ADDRESS = b" \t\n=(,"
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)", re.ASCII)
_NUMBER = re.compile(r"0x[0-9a-f]{7,8}|\d{8,10}", re.ASCII)
_NAME = re.compile(r"(?:[^\W.][^\W.]*(?:-+[^\W.]+)*\.)+(?:[^\W\d_]{2,24}|xn--[a-z0-9-]{2,60})")
_OWN = re.compile(r"127\.|0\.|255\.")
"""Addresses of the machine itself, and masks, which name no host."""


def pattern_lists() -> Iterator[list[tuple[int, str, int]]]:
    """Yield the patterns of every database that `find_hosts` may use."""
    yield from map(_patterns, (len(_PATTERNS), len(_PATTERNS) - 1))


def _patterns(number: int) -> list[tuple[int, str, int]]:
    return [(at, pattern, hyperscan.HS_FLAG_CASELESS) for at, pattern in enumerate(_PATTERNS[:number])]


def _database(number: int) -> Any:
    """Return the database of the first patterns."""
    return compiled_database(_patterns(number))


_SCANNERS = Scanners(_database)


def find_hosts(data: bytes, *, is_code: bool = True) -> tuple[HostPlace, ...]:
    """Return the distinct hosts in UTF-8 text, in the order of their first places, at most MOST_HOSTS.

    Names that are no URLs are only found in code, and in other text of up to NAMES_BYTES: searching for them takes
    longer than for all else.
    """
    matches: list[tuple[int, int]] = []

    def on_match(pattern: int, _start: int, end: int, _flags: int, _context: object) -> bool:
        matches.append((end, pattern))
        return len(matches) >= MOST_MATCHES

    patterns = len(_PATTERNS) if is_code or len(data) <= NAMES_BYTES else len(_PATTERNS) - 1
    try:  # noqa: SIM105 - a context manager would take a tenth of the time for a short text
        _SCANNERS.of(patterns)(data, match_event_handler=on_match)
    except hyperscan.ScanTerminated:
        pass
    if not matches:
        return ()
    places: dict[str, _Found] = {}
    spelled: dict[bytes, _Found | None] = {}
    for end, pattern in matches:
        if pattern < _URLS:
            match = _AUTHORITY.match(data, end - 1, end + _REACH)
            if match is None:
                continue
            start, text = match.start(1), match[1]
        else:
            start, text = _host_before(data, end)
        if text in spelled:
            found = spelled[text]
        else:
            found = spelled[text] = _find_place(places, text, start)
        # Several patterns may match the same place.
        if found is not None and start != found.last:
            found.last = start
            found.times += 1
    ordered = sorted(places.items(), key=lambda pair: pair[1].first)
    lines = lines_of(data, [found.first for _, found in ordered])
    return tuple(
        [HostPlace(host, found.kind, line, found.times) for (host, found), line in zip(ordered, lines, strict=True)]
    )


class _Found:
    """The first and the last offset of a host in a text, and its number."""

    __slots__ = ("first", "kind", "last", "times")

    def __init__(self, start: int, kind: HostKind) -> None:
        self.first = self.last = start
        self.kind = kind
        self.times = 1


def _find_place(places: dict[str, _Found], text: bytes, start: int) -> _Found | None:
    """Return the place of the host that a text spells, a new one if there is none yet; None for no host or too many."""
    parsed = parse_host(text) if text else None
    if parsed is None:
        return None
    host, kind = parsed
    if host not in places and len(places) < MOST_HOSTS:
        places[host] = _Found(start, kind)
    return places.get(host)


@cached_text("hosts", size_of=lambda _: 256)
def parse_host(data: bytes) -> tuple[str, HostKind] | None:
    """Return a host as it is compared, with its kind; None for this machine, a name without a dot, or no host."""
    text = data.decode("utf-8", "replace")
    host = text.strip("[]").rstrip(".").lower()
    if _NUMBER.fullmatch(host):
        number = int(host, 0) if host[:2] == "0x" else int(host)
        host = ".".join(map(str, number.to_bytes(5)[1:])) if number < 2**32 else ""
    if _IPV4.fullmatch(host):
        return None if _OWN.match(host) else (host, HostKind.IPV4)
    if text[:1] == "[":
        return (host, HostKind.IPV6) if host.count(":") >= 2 and host.strip("0:1") else None
    if not _NAME.fullmatch(host):
        return None
    return host, HostKind.ONION if host.endswith(".onion") else HostKind.NAME


def places_of_hosts(hosts: Iterable[str]) -> list[HostPlace]:
    """Return hosts of data without lines as places in the first line."""
    parsed = [parse_host(host.encode()) for host in sorted(hosts)]
    return [HostPlace(*host, 1, 1) for host in parsed if host is not None]


def _host_before(data: bytes, end: int) -> tuple[int, bytes]:
    """Return offset and text of the host that ends one or two bytes before the end of a match.

    The text is empty if there is none. A name is one if it fills a string from its start, an address also behind other
    signs if a port or a path follows.
    """
    stop = end - 2 if data[end - 1 : end].isdigit() else end - 1
    piece = data[max(stop - _REACH, 0) : stop]
    text = piece[len(piece.rstrip(_LETTERS)) :]
    start = stop - len(text)
    before = data[max(start - 1, 0) : start] or b"\n"
    top = text.rpartition(b".")[2].lower()
    if not top.isdigit():
        is_host = before in _QUOTES and (top in _DOMAINS or (top in _OTHER_DOMAINS and text.count(b".") > 1))
        return start, text if is_host else b""
    behind = data[stop : stop + 2]
    has_port_or_path = (behind[:1] == b":" and behind[1:].isdigit()) or (behind[:1] == b"/" and behind[1:].isalpha())
    is_host = before in _BEFORE_STRING or (has_port_or_path and before in _BEFORE_ADDRESS)
    return start, text if is_host else b""
