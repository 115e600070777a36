"""Collects the values and the evidence of the binary members of one release, within its bounds."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping

from features.binary.rules import WEIGHTS
from features.binary.string_scan import BinaryStrings
from features.contract import Evidence, Member, Release, Role, Scalar
from features.host_list import HostList, HostRank
from features.limits import BINARY_BYTES
from features.text.hosts import places_of_hosts
from features.text.indicator_file import Category
from features.text.indicators import INDICATORS

HIGH_SEVERITY = 5
"""Weight from which an indicator is rarely harmless."""
STEALTH_NAMES = 8
"""Distinct names that malware uses from which compiled Python is shown as evidence."""

_INT32_MAX = 2**31 - 1
_ROLE_ORDER = {Role.INSTALL: 0, Role.IMPORT: 1, Role.REST: 2}
_KINDS = ("native", "bytecode", "pickle")


class BinaryExamination:
    """The counts, evidence and limits of one release, and the number of bytes that may still be searched.

    Nouns are names of columns without "binary_". Counts are capped to 32 bits. `marks` counts the signs in
    single members, by path; `hosts` are those of web addresses in them.
    """

    def __init__(self, release: Release) -> None:
        self.release = release
        self.evidence: list[Evidence] = []
        self.marks: dict[str, Counter[str]] = {}
        self.hosts = HostList()
        self.limits: set[str] = set()
        self.bytes_left = BINARY_BYTES
        self.has_binaries = False
        self._counts: dict[str, int] = {}
        self._values: dict[str, Scalar] = {}
        self._strings: list[tuple[str, BinaryStrings]] = []
        self._python_names: set[str] = set()
        self._most_python_names = 0

    def add(self, noun: str, count: float = 1) -> None:
        """Add to a count."""
        self._counts[noun] = min(self._counts.get(noun, 0) + int(count), _INT32_MAX)

    def raise_to(self, noun: str, count: int) -> None:
        """Raise a count to a greater one."""
        self._counts[noun] = min(max(self._counts.get(noun, 0), count), _INT32_MAX)

    def put(self, noun: str, value: Scalar) -> None:
        """Set a value that is not a count."""
        self._values[noun] = value

    def show(self, member: Member, rule: str, excerpt: str) -> None:
        """Add evidence of a binary rule; binaries have no lines, so the line is 1."""
        self.evidence.append(Evidence(member.path, 1, rule, member.role, excerpt, WEIGHTS[rule]))
        self._mark(member, {rule: 1})

    def is_late(self) -> bool:
        """Return whether the release's deadline has passed, and record that as a limit."""
        if time.process_time() > self.release.deadline:
            self.limits.add("seconds")
            return True
        return False

    def spend(self, size: int) -> bool:
        """Subtract the bytes of a search from the remaining ones; return whether there were enough."""
        if size > self.bytes_left:
            return False
        self.bytes_left -= size
        self.add("searched_bytes", size)
        return True

    def add_strings(self, member: Member, kind: str, strings: BinaryStrings) -> None:
        """Add the indicators and hosts found in a member; `kind` is "native", "bytecode" or "pickle"."""
        if strings.counts or strings.markers.hosts:
            self._strings.append((kind, strings))
            self.evidence.extend(strings.evidence(member.path, member.role))
            self._mark(member, {INDICATORS[position].id: count for position, count in strings.counts.items()})
            self.hosts.add(HostRank.DATA, member, places_of_hosts(strings.markers.hosts))

    def add_data(self, member: Member, strings: BinaryStrings) -> None:
        """Add the indicators found in data that is neither native code nor a pickle; they have columns of their own."""
        self.add("data")
        # Words alone occur in the names of honest Java classes.
        weights = [INDICATORS[at].weight for at in strings.counts if INDICATORS[at].category is not Category.LURE]
        if weights:
            self.raise_to("data_top_weight", sum(weights))
            self.add("data_strong", sum(weight >= HIGH_SEVERITY for weight in weights))
            self.evidence.extend(strings.evidence(member.path, member.role))
            self._mark(member, {INDICATORS[position].id: count for position, count in strings.counts.items()})

    def _mark(self, member: Member, counts: Mapping[str, int]) -> None:
        self.marks.setdefault(member.path, Counter()).update(counts)

    def add_python_names(self, member: Member, strings: BinaryStrings) -> None:
        """Add the names typical of malware from a member that is compiled Python."""
        names = strings.markers.python_names
        self._python_names |= names
        self._most_python_names = max(self._most_python_names, len(names))
        if len(names) >= STEALTH_NAMES:
            self.show(member, "compiled_stealth", ", ".join(sorted(names)))

    def values(self) -> dict[str, Scalar]:
        """Return the values, by noun, that differ from those of a release without binaries."""
        return {**self._counts, **self._values, **self._string_values()}

    def _string_values(self) -> dict[str, Scalar]:
        met = {position for _, strings in self._strings for position in strings.counts}
        categories = [INDICATORS[position].category for position in met]
        values: dict[str, Scalar] = {f"category_{category}": categories.count(category) for category in Category}
        for kind in _KINDS:
            values[f"{kind}_top_weight"] = max(
                (strings.weight for strings_kind, strings in self._strings if strings_kind == kind), default=0
            )
        category_counts = [len({INDICATORS[at].category for at in strings.counts}) for _, strings in self._strings]
        hosts = frozenset().union(*(strings.markers.hosts for _, strings in self._strings))
        return values | {
            "indicators": len(met),
            "strong": sum(INDICATORS[position].weight >= HIGH_SEVERITY for position in met),
            "categories": len(set(categories)),
            "top_weight": max((strings.weight for _, strings in self._strings), default=0),
            "top_categories": max(category_counts, default=0),
            "hosts": len(hosts),
            "raw_addresses": sum(map(_is_ip_address, hosts)),
            "python_names": len(self._python_names),
            "python_names_top": self._most_python_names,
        }


def distinct_members(members: Iterable[Member]) -> list[Member]:
    """Return one member of each content: by the time that they run, then the smallest first."""
    by_digest: dict[bytes, Member] = {}
    ordered = sorted(members, key=lambda member: (_ROLE_ORDER[member.role], member.size, member.path))
    for number, member in enumerate(ordered):
        by_digest.setdefault(member.digest or str(number).encode(), member)
    return list(by_digest.values())


def _is_ip_address(host: str) -> bool:
    return host.count(".") == 3 and host.replace(".", "").isdigit()
