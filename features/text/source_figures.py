"""Computes the figures of measured source by the noun of their column, for one role or for all source together."""

import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from features.contract import Scalar
from features.text.entropy import entropy_of_counts
from features.text.source_metrics import MEASURED_NAMES, RoleMetrics, SourceMetrics, StringMetrics

_LOOKALIKE_SCRIPTS = frozenset(("CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE"))


def role_figures(source: SourceMetrics, role: int | None = None) -> dict[str, Scalar]:
    """Return the figures that every role has: of one role by its position, or of all roles together."""
    roles = source.roles if role is None else source.roles[role : role + 1]
    measured = sum([metrics.measured for metrics in roles]) or 1
    size = sum([metrics.size for metrics in roles])
    histogram = _total_histogram(roles)
    counts = histogram.tolist()
    return (
        _name_figures(source, roles)
        | _string_figures([metrics.strings for metrics in roles], measured)
        | {
            "entropy": entropy_of_counts(histogram, size),
            "longest_line": max([metrics.longest_line for metrics in roles]),
            "long_lines": sum([metrics.long_lines for metrics in roles]) / sum([metrics.lines for metrics in roles]),
            "comment_share": sum([metrics.comment_bytes + metrics.docstring_bytes for metrics in roles]) / measured,
            "space_share": (sum(counts[9:14]) + counts[ord(" ")]) / size,
            "brackets": counts[ord("[")] / size,
            "equals": counts[ord("=")] / size,
            "plus": counts[ord("+")] / size,
            "parentheses": counts[ord("(")] / size,
            "digits": sum(counts[ord("0") : ord("9") + 1]) / size,
            "escapes": sum([metrics.strings.escapes for metrics in roles]) / measured,
            "offscreen": sum([metrics.offscreen for metrics in roles]),
        }
    )


def whole_figures(source: SourceMetrics) -> dict[str, Scalar]:
    """Return the figures that only all source together has."""
    roles = source.roles
    measured = sum([metrics.measured for metrics in roles]) or 1
    size = sum([metrics.size for metrics in roles])
    lines = sum([metrics.lines for metrics in roles])
    counts = _total_histogram(roles).tolist()
    entropies = [value for metrics in roles for value in metrics.entropies]
    foreign = [name.decode("utf-8", "replace") for name in source.names if not name.isascii()]
    return {
        "lines": lines,
        "entropy_max": max(entropies),
        "entropy_q3": _upper_quartile(entropies),
        "mean_line": (size - lines) / lines,
        "wide_lines": source.wide_lines / lines,
        "blank_run": source.blank_run,
        "indented": source.indented,
        "docstring_share": sum([metrics.docstring_bytes for metrics in roles]) / measured,
        "upper_share": sum(counts[ord("A") : ord("Z") + 1]) / size,
        "foreign_share": sum(counts[128:]) / size,
        "control_bytes": source.control_bytes,
        "bidi": source.bidi,
        "invisible": source.invisible,
        "foreign_names": len(foreign),
        "mixed_names": sum(map(is_mixed_script, foreign)),
        "disguised_names": sum(map(is_disguised, foreign)),
    }


def is_mixed_script(name: str) -> bool:
    """Return whether a name mixes Latin letters with look-alike letters of another script (Unicode UTS 39)."""
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in set(name) if letter.isalpha()}
    return "LATIN" in scripts and bool(scripts & _LOOKALIKE_SCRIPTS)


def is_disguised(name: str) -> bool:
    """Return whether Python reads a non-ASCII name as an ASCII one (PEP 3131, NFKC)."""
    return not name.isascii() and unicodedata.normalize("NFKC", name).isascii()


def _total_histogram(roles: Sequence[RoleMetrics]) -> npt.NDArray[np.float64]:
    total = roles[0].histogram
    for metrics in roles[1:]:
        total = total + metrics.histogram
    return total


def _name_figures(source: SourceMetrics, roles: Sequence[RoleMetrics]) -> dict[str, Scalar]:
    names: Sequence[int] = roles[0].names if len(roles) == 1 else range(len(source.names))
    measured = [name for name in names if name < MEASURED_NAMES]
    if not measured:
        return {"names": len(names)}
    values = [source.name_entropies[name] for name in measured]
    sizes = [len(source.names[name]) for name in measured]
    count = len(measured)
    return {
        "names": len(names),
        "name_entropy": sum(values) / count,
        "name_entropy_q3": _upper_quartile(values),
        "name_entropy_max": max(values),
        "name_chars": sum(sizes) / count,
        "short_names": sizes.count(1) / count,
        "random_names": len(source.random_names.intersection(measured)) / count,
        "confusing_names": len(source.confusing_names.intersection(measured)),
    }


def _string_figures(strings: Sequence[StringMetrics], size: int) -> dict[str, Scalar]:
    values = [value for metrics in strings for value in metrics.entropies]
    figures: dict[str, Scalar] = {
        "strings": sum([metrics.count for metrics in strings]),
        "longest_string": max([metrics.longest for metrics in strings]),
        "strings_over_100": sum([metrics.over_100 for metrics in strings]) / size,
        "strings_over_1000": sum([metrics.over_1000 for metrics in strings]) / size,
        "base64_strings": sum([metrics.base64 for metrics in strings]),
        "base64_bytes": sum([metrics.base64_bytes for metrics in strings]),
        "hex_strings": sum([metrics.hex for metrics in strings]),
        "hex_bytes": sum([metrics.hex_bytes for metrics in strings]),
    }
    if values:
        figures |= {
            "string_entropy": sum(values) / len(values),
            "string_entropy_q3": _upper_quartile(values),
            "string_entropy_max": max(values),
        }
    return figures


def _upper_quartile(values: Sequence[float]) -> float:
    return sorted(values)[(3 * len(values)) // 4]
