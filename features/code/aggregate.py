"""From the files of a release to the values of its columns."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from features.code.columns import COLUMNS, PLACES, TEXT_SECTIONS
from features.code.combos import combos_of
from features.code.contract import FileAnalysis
from features.code.detect.rules import RULE_WEIGHTS
from features.code.measures import MAXIMUM_MEASURES
from features.contract import Member, Role, Scalar
from features.install.roles import is_auxiliary
from features.text.indicator_scan import STRONG, TextScan
from features.text.indicators import INDICATORS, Category

CAP = 255
"""Hits of one indicator that count."""
_BIGGEST = 2**31 - 1
NO_CODE = ("text", "prose")
"""Sections of text that is no code."""
_ROLE_ORDER = {Role.INSTALL: 0, Role.IMPORT: 1, Role.REST: 2}
_UNKNOWN = frozenset(column.name for column in COLUMNS if column.name.startswith("code_unknown_"))


@dataclass(slots=True)
class AnalysedFile:
    """One text member with what both passes found.

    `section` is its role's name, "text" or "prose"; `python` is what the syntax pass would read, b"" where the
    member is no Python, and `key` what `content_key` says of it; `analysis` is None until it has been read. `known`
    says that another project published it, `boost` how much more its places count for being reached from other files.
    """

    member: Member
    section: str
    python: bytes
    key: bytes
    scan: TextScan
    problems: tuple[str, ...] = ()
    analysis: FileAnalysis | None = None
    known: bool = False
    boost: float = 1.0

    @property
    def urgency(self) -> tuple[int, bool, int, str]:
        """Orders the syntax pass: install before import before rest, then what is not known, then by weight."""
        return (
            _ROLE_ORDER[self.member.role],
            self.known,
            -(self.scan.cluster_weight + self.scan.weight),
            self.member.path,
        )

    @property
    def finding_ids(self) -> frozenset[str]:
        """Distinct findings of the syntax pass."""
        return self.analysis.rule_ids if self.analysis is not None else frozenset()

    @property
    def findings(self) -> float:
        """Weight of the distinct findings of the syntax pass."""
        found = self.finding_ids
        return sum([RULE_WEIGHTS[finding] for finding in found]) if found else 0.0


def code_columns(sources: Sequence[AnalysedFile]) -> dict[str, Scalar]:
    """Return the values that follow from the sources; those of all other columns are 0."""
    values: dict[str, Scalar] = {}
    by_section: dict[str, list[AnalysedFile]] = {}
    for source in sources:
        by_section.setdefault(source.section, []).append(source)
    for role, _, _ in PLACES:
        _fill_role(f"code_{role}_", by_section.get(role, ()), values)
    for section, _ in TEXT_SECTIONS:
        _fill_section(f"code_{section}_", by_section.get(section, ()), values)
    code = [source for source in sources if source.section not in NO_CODE]
    values["code_files"] = len(sources)
    _fill_whole(code, values)
    _fill_unknown(code, values)
    return values


def _hits(sources: Sequence[AnalysedFile]) -> Counter[int]:
    hits: Counter[int] = Counter()
    for source in sources:
        for position, count in source.scan.counts:
            hits[position] += count
    return hits


def _by_category(hits: Counter[int]) -> Counter[Category]:
    found: Counter[Category] = Counter()
    for position, count in hits.items():
        found[INDICATORS[position].category] += min(count, CAP)
    return found


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


def _fill_role(prefix: str, sources: Sequence[AnalysedFile], values: dict[str, Scalar]) -> None:
    if not sources:
        return
    met = [source for source in sources if source.scan.counts]
    hits = _hits(met)
    for position, count in hits.items():
        values[prefix + INDICATORS[position].id] = min(count, CAP)
    categories = _by_category(hits)
    for category, count in categories.items():
        values[f"{prefix}category_{category}"] = count
    for combo, number in Counter(c for source in met for c in combos_of(source.scan.categories)).items():
        values[f"{prefix}combo_{combo}"] = number
    kilobytes = sum([source.scan.size for source in sources]) / 1000
    total = sum([source.scan.weight for source in met])
    top = max(met or sources, key=lambda source: (source.scan.weight, source.scan.cluster_weight))
    values[prefix + "files"] = len(sources)
    values[prefix + "kilobytes"] = kilobytes
    values[prefix + "indicators"] = len(hits)
    values[prefix + "strong"] = sum(1 for position in hits if INDICATORS[position].weight >= STRONG)
    values[prefix + "categories"] = len(categories)
    values[prefix + "hits_per_kb"] = _share(sum(min(count, CAP) for count in hits.values()), kilobytes)
    values[prefix + "weight_per_kb"] = _share(total, kilobytes)
    values[prefix + "hit_share"] = _share(len(met), len(sources))
    values[prefix + "top_weight"] = top.scan.weight
    values[prefix + "top_tight"] = max((source.scan.cluster_weight for source in met), default=0)
    values[prefix + "top_categories"] = max((len(source.scan.categories) for source in met), default=0)
    values[prefix + "top_strong"] = max((source.scan.strong for source in met), default=0)
    values[prefix + "top_share"] = _share(top.scan.weight, total)
    values[prefix + "top_size_share"] = _share(top.scan.size / 1000, kilobytes) if total else 0.0
    _fill_syntax(prefix, sources, values)


def _fill_syntax(prefix: str, sources: Sequence[AnalysedFile], values: dict[str, Scalar]) -> None:
    totals: dict[str, int] = {}
    analyses = [source.analysis for source in sources if source.analysis is not None]
    for analysis in analyses:
        for key, value in analysis.counts.items():
            before = totals.get(key, 0)
            totals[key] = max(before, value) if key in MAXIMUM_MEASURES else before + value
    for key, value in totals.items():
        values[prefix + key] = min(value, _BIGGEST)
    values[prefix + "findings"] = sum(1 for key in totals if key.startswith("finding_"))
    values[prefix + "top_findings"] = max([source.findings for source in sources], default=0.0)
    values[prefix + "syntax_files"] = len(analyses)


def _fill_section(prefix: str, sources: Sequence[AnalysedFile], values: dict[str, Scalar]) -> None:
    if not sources:
        return
    hits = _hits(sources)
    values[prefix + "files"] = len(sources)
    values[prefix + "indicators"] = len(hits)
    values[prefix + "top_weight"] = max(source.scan.weight for source in sources)
    values[prefix + "top_tight"] = max(source.scan.cluster_weight for source in sources)
    for category, count in _by_category(hits).items():
        values[f"{prefix}category_{category}"] = count


def _fill_whole(code: Sequence[AnalysedFile], values: dict[str, Scalar]) -> None:
    values["code_source_files"] = len(code)
    if not code:
        return
    scans = [source.scan for source in code]
    heavy = [scan.weight + source.findings for source, scan in zip(code, scans, strict=True)]
    weights = sorted(heavy, reverse=True)
    main = [source.scan for source in code if source.scan.weight and not is_auxiliary(source.member.path)]
    top = max(zip(heavy, scans, strict=True), key=lambda one: (one[0], one[1].cluster_weight))[1]
    size = sum([scan.size for scan in scans])
    total = sum([scan.weight for scan in scans])
    second = weights[1] if len(weights) > 1 else 0.0
    values["code_weight"] = total
    values["code_top_weight"] = max([scan.weight for scan in scans])
    values["code_top_tight"] = max([scan.cluster_weight for scan in scans])
    values["code_top_weight_main"] = max([scan.weight for scan in main], default=0)
    values["code_top_tight_main"] = max([scan.cluster_weight for scan in main], default=0)
    values["code_top_share"] = _share(weights[0], sum(weights))
    values["code_top_size_share"] = _share(top.size, size) if weights[0] else 0.0
    # Nothing to compare with counts as one point of weight, so that a lone file of weight 1 says little.
    values["code_top_isolation"] = math.log2((1 + weights[0]) / (1 + sum(weights[1:]) / max(len(weights) - 1, 1)))
    values["code_top_second"] = _share(second, weights[0])
    values["code_hit_share"] = _share(sum([1 for scan in scans if scan.counts]), len(code))
    values["code_interesting_share"] = _share(sum([1 for scan in scans if scan.interesting]), len(code))
    read = sum([source.scan.size for source in code if source.analysis is not None])
    values["code_syntax_share"] = _share(read, size)


def _fill_unknown(code: Sequence[AnalysedFile], values: dict[str, Scalar]) -> None:
    """Fill the columns over the files that no other project published: sums of a role, less those of one place."""
    unknown = [source for source in code if not source.known]
    sums: dict[str, Scalar] = {}
    _fill_role("code_unknown_", unknown, sums)
    values.update((name, value) for name, value in sums.items() if name in _UNKNOWN)
    weight = sum(source.scan.weight for source in unknown)
    values["code_unknown_weight"] = weight
    values["code_unknown_weight_share"] = _share(weight, sum(source.scan.weight for source in code))
    values["code_unknown_interesting"] = sum(1 for source in unknown if source.scan.interesting)
    for role, _, _ in PLACES:
        here = [source for source in unknown if source.section == role and (source.scan.counts or source.analysis)]
        counts = {key for source in here if source.analysis for key in source.analysis.counts}
        values[f"code_unknown_{role}_weight"] = sum([source.scan.weight for source in here])
        values[f"code_unknown_{role}_top_tight"] = max([source.scan.cluster_weight for source in here], default=0)
        values[f"code_unknown_{role}_findings"] = sum(1 for key in counts if key.startswith("finding_"))
