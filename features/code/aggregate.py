"""Aggregates the files of a release into the values of the code columns."""

import math
from collections import Counter
from collections.abc import Sequence

from features.code.analysed_file import AnalysedFile
from features.code.columns import CODE_SECTIONS, COLUMNS, TEXT_SECTIONS
from features.code.combos import matching_combos
from features.code.measures import MAXIMUM_MEASURES
from features.contract import Scalar
from features.install.roles import is_auxiliary
from features.text.indicator_file import Category
from features.text.indicator_scan import STRONG
from features.text.indicators import INDICATORS

HITS_CAP = 255
"""Maximum count of hits of one indicator."""
_INT32_MAX = 2**31 - 1
_UNKNOWN_COLUMNS = frozenset(column.name for column in COLUMNS if column.name.startswith("code_unknown_"))


def code_columns(files: Sequence[AnalysedFile]) -> dict[str, Scalar]:
    """Return the values that follow from the files alone; missing columns are 0."""
    values: dict[str, Scalar] = {}
    by_section: dict[str, list[AnalysedFile]] = {}
    for file in files:
        by_section.setdefault(file.section, []).append(file)
    for section in CODE_SECTIONS:
        _add_code_section(f"code_{section.name}_", by_section.get(section.name, ()), values)
    for section in TEXT_SECTIONS:
        _add_text_section(f"code_{section.name}_", by_section.get(section.name, ()), values)
    code = [file for file in files if file.is_code]
    values["code_files"] = len(files)
    _add_whole(code, values)
    _add_unknown(code, values)
    return values


def _add_code_section(prefix: str, files: Sequence[AnalysedFile], values: dict[str, Scalar]) -> None:
    if not files:
        return
    hit = [file for file in files if file.scan.counts]
    hits = _count_hits(hit)
    for position, count in hits.items():
        values[prefix + INDICATORS[position].id] = min(count, HITS_CAP)
    categories = _count_by_category(hits)
    for category, count in categories.items():
        values[f"{prefix}category_{category}"] = count
    for combo, number in Counter(c for file in hit for c in matching_combos(file.scan.categories)).items():
        values[f"{prefix}combo_{combo}"] = number
    kilobytes = sum([file.scan.size for file in files]) / 1000
    weight = sum([file.scan.weight for file in hit])
    top = max(hit or files, key=lambda file: (file.scan.weight, file.scan.cluster_weight))
    values[prefix + "files"] = len(files)
    values[prefix + "kilobytes"] = kilobytes
    values[prefix + "indicators"] = len(hits)
    values[prefix + "strong"] = sum(1 for position in hits if INDICATORS[position].weight >= STRONG)
    values[prefix + "categories"] = len(categories)
    values[prefix + "hits_per_kb"] = _share(sum(min(count, HITS_CAP) for count in hits.values()), kilobytes)
    values[prefix + "weight_per_kb"] = _share(weight, kilobytes)
    values[prefix + "hit_share"] = _share(len(hit), len(files))
    values[prefix + "top_weight"] = top.scan.weight
    values[prefix + "top_tight"] = max((file.scan.cluster_weight for file in hit), default=0)
    values[prefix + "top_categories"] = max((len(file.scan.categories) for file in hit), default=0)
    values[prefix + "top_strong"] = max((file.scan.strong for file in hit), default=0)
    values[prefix + "top_share"] = _share(top.scan.weight, weight)
    values[prefix + "top_size_share"] = _share(top.scan.size / 1000, kilobytes) if weight else 0.0
    _add_syntax(prefix, files, values)


def _add_syntax(prefix: str, files: Sequence[AnalysedFile], values: dict[str, Scalar]) -> None:
    totals: dict[str, int] = {}
    analyses = [file.analysis for file in files if file.analysis is not None]
    for analysis in analyses:
        for key, value in analysis.counts.items():
            before = totals.get(key, 0)
            totals[key] = max(before, value) if key in MAXIMUM_MEASURES else before + value
    for key, value in totals.items():
        values[prefix + key] = min(value, _INT32_MAX)
    values[prefix + "findings"] = sum(1 for key in totals if key.startswith("finding_"))
    values[prefix + "top_findings"] = max([file.rule_weight for file in files], default=0.0)
    values[prefix + "syntax_files"] = len(analyses)


def _add_text_section(prefix: str, files: Sequence[AnalysedFile], values: dict[str, Scalar]) -> None:
    if not files:
        return
    hits = _count_hits(files)
    values[prefix + "files"] = len(files)
    values[prefix + "indicators"] = len(hits)
    values[prefix + "top_weight"] = max(file.scan.weight for file in files)
    values[prefix + "top_tight"] = max(file.scan.cluster_weight for file in files)
    for category, count in _count_by_category(hits).items():
        values[f"{prefix}category_{category}"] = count


def _add_whole(code: Sequence[AnalysedFile], values: dict[str, Scalar]) -> None:
    """Add the columns over the code of all roles."""
    values["code_source_files"] = len(code)
    if not code:
        return
    scans = [file.scan for file in code]
    file_weights = [file.scan.weight + file.rule_weight for file in code]
    weights = sorted(file_weights, reverse=True)
    main = [file.scan for file in code if file.scan.weight and not is_auxiliary(file.member.path)]
    top = max(zip(file_weights, scans, strict=True), key=lambda pair: (pair[0], pair[1].cluster_weight))[1]
    size = sum([scan.size for scan in scans])
    values["code_weight"] = sum([scan.weight for scan in scans])
    values["code_top_weight"] = max([scan.weight for scan in scans])
    values["code_top_tight"] = max([scan.cluster_weight for scan in scans])
    values["code_top_weight_main"] = max([scan.weight for scan in main], default=0)
    values["code_top_tight_main"] = max([scan.cluster_weight for scan in main], default=0)
    values["code_top_share"] = _share(weights[0], sum(weights))
    values["code_top_size_share"] = _share(top.size, size) if weights[0] else 0.0
    values["code_top_isolation"] = _isolation(weights)
    values["code_top_second"] = _share(weights[1] if len(weights) > 1 else 0.0, weights[0])
    values["code_hit_share"] = _share(sum([1 for scan in scans if scan.counts]), len(code))
    values["code_interesting_share"] = _share(sum([1 for scan in scans if scan.interesting]), len(code))
    values["code_syntax_share"] = _share(sum([file.scan.size for file in code if file.analysis is not None]), size)


def _add_unknown(code: Sequence[AnalysedFile], values: dict[str, Scalar]) -> None:
    """Add the columns over the files that no other project published: those of a section, and some by role."""
    unknown = [file for file in code if not file.known]
    as_section: dict[str, Scalar] = {}
    _add_code_section("code_unknown_", unknown, as_section)
    values.update((name, value) for name, value in as_section.items() if name in _UNKNOWN_COLUMNS)
    weight = sum(file.scan.weight for file in unknown)
    values["code_unknown_weight"] = weight
    values["code_unknown_weight_share"] = _share(weight, sum(file.scan.weight for file in code))
    values["code_unknown_interesting"] = sum(1 for file in unknown if file.scan.interesting)
    for section in CODE_SECTIONS:
        prefix = f"code_unknown_{section.name}_"
        here = [file for file in unknown if file.section == section.name and (file.scan.counts or file.analysis)]
        values[prefix + "weight"] = sum([file.scan.weight for file in here])
        values[prefix + "top_tight"] = max([file.scan.cluster_weight for file in here], default=0)
        values[prefix + "findings"] = len(frozenset().union(*(file.rule_ids for file in here)))


def _isolation(weights: Sequence[float]) -> float:
    """Return the binary logarithm of the first weight plus 1 over the mean of the others plus 1.

    The added 1 keeps the value small for a lone file of small weight.
    """
    others = sum(weights[1:]) / max(len(weights) - 1, 1)
    return math.log2((1 + weights[0]) / (1 + others))


def _count_hits(files: Sequence[AnalysedFile]) -> Counter[int]:
    """Return the hits of each indicator, by its position in INDICATORS."""
    hits: Counter[int] = Counter()
    for file in files:
        for position, count in file.scan.counts:
            hits[position] += count
    return hits


def _count_by_category(hits: Counter[int]) -> Counter[Category]:
    found: Counter[Category] = Counter()
    for position, count in hits.items():
        found[INDICATORS[position].category] += min(count, HITS_CAP)
    return found


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
