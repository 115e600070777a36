"""Collects counts, effects, locations and tokens while a text is analysed."""

from collections import Counter
from collections.abc import Iterable, Sequence

from features.code import tokens
from features.code.contract import CodeLocation, FileAnalysis
from features.code.detect.contract import Detection
from features.code.detect.rules import LOAD_TIME_RULES, RULE_WEIGHTS
from features.code.measures import MAXIMUM_MEASURES
from features.code.reach.unit_links import NO_LINKS
from features.contract import Role
from features.text.host_place import HostPlace
from features.text.indicator_file import Indicator

MAX_LOCATIONS = 24
"""Locations of one file that its analysis keeps."""
MAX_HOSTS = 64
"""Hosts in encoded and folded text of one file that its analysis keeps."""
_MAX_COLLECTED = 400
_MAX_COLLECTED_AT_LOAD_TIME = 800
_MAX_MERGED = 8
"""Locations of one piece of hidden code that the file hiding it takes over."""
_MAX_EXCERPT = 200
_MERGED_PREFIXES = ("call_", "finding_", "unpacked_")


class AnalysisDraft:
    """The unfinished analysis of one text: a file, or code that is hidden in one.

    `depth` is the number of hiding levels around the text: 0 for the file itself. `effects` are behaviours and findings
    by the index of the scope that they run with.
    """

    def __init__(self, text: str, role: Role, depth: int) -> None:
        self.text = text
        self.role = role
        self.depth = depth
        self.parsed = True
        self.reason = ""
        self.counts: Counter[str] = Counter()
        self.effects: dict[int, Counter[str]] = {}
        self.tokens: set[int] = set()
        self.links = NO_LINKS
        self.hosts: dict[str, HostPlace] = {}
        self.locations: list[CodeLocation] = []
        self._lines: list[str] | None = None

    def add_effect(self, scope: int, effect: str, times: int = 1) -> None:
        """Count a behaviour or a finding of a scope."""
        self.effects.setdefault(scope, Counter())[effect] += times

    def add_location(self, rule: str, line: int, excerpt: str, factor: float = 1.0) -> None:
        """Keep the location of a rule that matched, up to MAX_LOCATIONS."""
        limit = _MAX_COLLECTED_AT_LOAD_TIME if rule in LOAD_TIME_RULES else _MAX_COLLECTED
        if len(self.locations) < limit:
            self.locations.append(CodeLocation(line, rule, excerpt, RULE_WEIGHTS[rule] * factor))

    def add_indicator(self, indicator: Indicator, line: int, excerpt: str, bonus: float = 0.0) -> None:
        """Keep the location of an indicator in folded or unpacked text, up to MAX_LOCATIONS."""
        if len(self.locations) < _MAX_COLLECTED:
            self.locations.append(CodeLocation(line, indicator.id, excerpt, indicator.weight + bonus))

    def add_hosts(self, places: Iterable[HostPlace], lines: Sequence[int]) -> None:
        """Keep hosts in encoded or folded text, each line of which stands for a line of this text; up to MAX_HOSTS."""
        for host, kind, line, times in places:
            before = self.hosts.get(host)
            if before is not None:
                self.hosts[host] = before._replace(times=before.times + times)
            elif len(self.hosts) < MAX_HOSTS:
                self.hosts[host] = HostPlace(host, kind, lines[min(line, len(lines)) - 1], times)

    def add_finding(self, rule: str, scope: int, line: int, excerpt: str, factor: float = 1.0) -> None:
        """Count a rule that matched, as an effect of a scope, and keep its location."""
        self.counts["finding_" + rule] += 1
        self.add_effect(scope, "finding_" + rule)
        self.add_location(rule, line, excerpt, factor)

    def add_detection(self, detection: Detection) -> None:
        """Add what a detector returned."""
        rule, node, scope, factor = detection
        line = getattr(node, "lineno", 1)
        self.add_finding(rule, scope, line, self.excerpt(line, getattr(node, "col_offset", 0)), factor)

    def excerpt(self, line: int, column: int = 0) -> str:
        """Return the text of a line (from 1), or of a long line the part around a column."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        text = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        begin = max(0, column - 60) if len(text) > _MAX_EXCERPT else 0
        return text[begin : begin + 400].strip()[:_MAX_EXCERPT]

    def merge(self, hidden: "AnalysisDraft", layers: int, line: int, scope: int, *, runs: bool) -> None:
        """Count the effects of hidden code as if it were at a line of this text.

        `layers` is the number of encodings around it; `runs` says whether it runs when the file does.
        """
        for key, value in hidden.counts.items():
            if key == "unpacked_layers":
                self.counts[key] = max(self.counts[key], layers + value)
            elif key.startswith(_MERGED_PREFIXES) or (runs and key.startswith("run_")):
                self.counts[key] += value
                if key.startswith("finding_"):
                    self.add_effect(scope, key, value)
            elif key in MAXIMUM_MEASURES and key != "longest_line":
                self.counts[key] = max(self.counts[key], value)
        for effects in hidden.effects.values():
            for effect, times in effects.items():
                if not effect.startswith("finding_"):
                    self.add_effect(scope, effect, times)
        self.tokens |= hidden.tokens
        self.add_hosts(hidden.hosts.values(), (line,))
        self.locations += [
            CodeLocation(line, location.id, location.excerpt, location.weight + 0.5)
            for location in hidden.locations[:_MAX_MERGED]
        ]

    def finish(self) -> FileAnalysis:
        """Return the analysis, whose locations begin with lines that run by themselves, then the heaviest."""
        runs = {location.line for location in self.locations if location.id in LOAD_TIME_RULES}
        # Any number of functions that are never called must not crowd out the code that runs.
        locations = sorted(self.locations, key=lambda at: (at.line not in runs, -at.weight, at.line, at.id))
        return FileAnalysis(
            parsed=self.parsed,
            reason=self.reason,
            counts=dict(sorted((key, value) for key, value in self.counts.items() if value)),
            locations=tuple(locations[:MAX_LOCATIONS]),
            tokens=tokens.smallest(self.tokens),
            units=self.links.units,
            aliases=self.links.aliases,
            star_imports=self.links.star_imports,
            hosts=tuple(self.hosts.values()),
        )
