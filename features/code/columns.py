"""The columns of the code group, each with its meaning in words."""

from collections.abc import Iterator

from features.code.combos import COMBOS
from features.code.detect.rules import SYNTAX_RULES
from features.code.evaluate.api_behaviours import BEHAVIOURS
from features.code.measures import MEASURES
from features.code.reach.columns import REACHED_COLUMNS
from features.contract import Column, Dtype
from features.text.indicators import INDICATORS, SIGNS, Category

PLACES: tuple[tuple[str, str, str], ...] = (
    ("install", "in its installation code", "while it is installed"),
    ("import", "in the code that an import runs", "as soon as it is imported"),
    ("rest", "in its inner modules", "as soon as one of its inner modules is imported"),
)
"""Role, where that is in words, and when its own code runs."""

TEXT_SECTIONS: tuple[tuple[str, str], ...] = (
    ("text", "in scripts and other text that is not Python"),
    ("prose", "in documentation and metadata"),
)
"""Text that no role of code holds."""

_SUMS: tuple[tuple[str, Dtype, str], ...] = (
    ("files", Dtype.INT32, "the number of source files {where}"),
    ("kilobytes", Dtype.FLOAT32, "the amount of source {where}, in kB"),
    ("indicators", Dtype.INT32, "the number of different suspicious patterns {where}"),
    ("strong", Dtype.INT32, "the number of patterns {where} that are rarely harmless"),
    ("categories", Dtype.INT32, "the number of different kinds of suspicious behaviour {where}"),
    ("hits_per_kb", Dtype.FLOAT32, "how densely suspicious patterns stand {where}"),
    ("weight_per_kb", Dtype.FLOAT32, "how densely gravely suspicious patterns stand {where}"),
    ("hit_share", Dtype.FLOAT32, "the share of files with suspicious patterns {where}"),
    ("top_weight", Dtype.INT32, "how much that is suspicious comes together in one file {where}"),
    ("top_tight", Dtype.INT32, "how much that is suspicious comes together within a few lines {where}"),
    ("top_categories", Dtype.INT32, "how many kinds of suspicious behaviour come together in one file {where}"),
    ("top_strong", Dtype.INT32, "how many patterns that are rarely harmless come together in one file {where}"),
    ("top_share", Dtype.FLOAT32, "how far one single file holds all that is suspicious {where}"),
    ("top_size_share", Dtype.FLOAT32, "the size of the most suspicious file beside all others {where}"),
    ("findings", Dtype.INT32, "the number of different suspicious acts {where}"),
    ("top_findings", Dtype.FLOAT32, "how grave the acts of one single file are {where}"),
    ("syntax_files", Dtype.INT32, "the number of files that were worth reading closely {where}"),
)

_WHOLE: tuple[Column, ...] = (
    Column("code_files", Dtype.INT32, "the number of its text files"),
    Column("code_source_files", Dtype.INT32, "the number of its source files"),
    Column("code_weight", Dtype.INT32, "how much in its code is suspicious, all together"),
    Column("code_top_weight", Dtype.INT32, "how much that is suspicious comes together in one of its files"),
    Column("code_top_tight", Dtype.INT32, "how much that is suspicious comes together within a few lines of its code"),
    Column(
        "code_top_weight_main", Dtype.INT32, "how much that is suspicious comes together in one file that is no test"
    ),
    Column(
        "code_top_tight_main",
        Dtype.INT32,
        "how much that is suspicious comes together within a few lines that test nothing",
    ),
    Column("code_top_share", Dtype.FLOAT32, "how far one single file holds all that is suspicious"),
    Column("code_top_size_share", Dtype.FLOAT32, "the size of its most suspicious file beside the rest of its code"),
    Column("code_top_isolation", Dtype.FLOAT32, "one file that is far more suspicious than the rest of its code"),
    Column("code_top_second", Dtype.FLOAT32, "how far its second most suspicious file is like the first"),
    Column("code_hit_share", Dtype.FLOAT32, "the share of its source files with suspicious patterns"),
    Column("code_interesting_share", Dtype.FLOAT32, "the share of its source files that deserve a look"),
    Column("code_syntax_share", Dtype.FLOAT32, "the share of its source that was worth reading closely"),
    Column("code_not_read", Dtype.INT32, "source files that were too large, or too many, to be read closely"),
    Column("code_not_examined", Dtype.INT32, "text files whose content was not examined"),
    Column("code_bad_encoding", Dtype.INT32, "text files in an unusual or broken encoding"),
    Column("code_utf16", Dtype.INT32, "text files in UTF-16, where a search for bytes finds nothing"),
)


def _of_role(role: str, where: str, when: str) -> Iterator[Column]:
    def column(name: str, meaning: str, dtype: Dtype = Dtype.INT32) -> Column:
        return Column(f"code_{role}_{name}", dtype, meaning)

    for indicator in INDICATORS:
        yield column(indicator.id, f"code that {indicator.meaning}, {where}")
    for category in Category:
        yield column(f"category_{category}", f"signs of {SIGNS[category]} {where}")
        yield column(
            f"folded_{category}",
            f"signs of {SIGNS[category]} that show only once pieces of text are put together, {where}",
        )
        yield column(f"unpacked_{category}", f"signs of {SIGNS[category]} hidden inside encoded text {where}")
    for combo in COMBOS:
        yield column(f"combo_{combo.id}", f"{combo.meaning} in one file, {where}")
    for name, dtype, meaning in _SUMS:
        yield column(name, meaning.format(where=where), dtype)
    for behaviour in BEHAVIOURS:
        yield column(f"call_{behaviour.id}", f"code that {behaviour.meaning}, {where}")
        yield column(f"run_{behaviour.id}", f"code that {behaviour.meaning} {when}")
    for finding in SYNTAX_RULES:
        yield column(f"finding_{finding.id}", f"code that {finding.meaning}, {where}")
    for measure in MEASURES:
        yield column(measure.id, f"{measure.meaning}, {where}")


def _of_unknown() -> Iterator[Column]:
    """Yield the columns over source files that no other project published; as over all where nothing is known."""
    where = "in code that only this project has"

    def column(name: str, meaning: str, dtype: Dtype = Dtype.INT32) -> Column:
        return Column(f"code_unknown_{name}", dtype, meaning)

    yield column("weight", f"how much is suspicious, all together, {where}")
    yield column(
        "weight_share", "how much of what is suspicious stands in code that only this project has", Dtype.FLOAT32
    )
    yield column("interesting", f"the number of files that deserve a look {where}")
    for name, dtype, meaning in _SUMS:
        yield column(name, meaning.format(where=where), dtype)
    for role, place, _ in PLACES:
        own = f"{place}, in files that only this project has"
        yield column(f"{role}_weight", f"how much is suspicious {own}")
        yield column(f"{role}_top_tight", f"how much that is suspicious comes together within a few lines {own}")
        yield column(f"{role}_findings", f"the number of different suspicious acts {own}")
    for category in Category:
        yield column(f"category_{category}", f"signs of {SIGNS[category]} {where}")
        yield column(f"unpacked_{category}", f"signs of {SIGNS[category]} hidden inside encoded text {where}")
    for combo in COMBOS:
        yield column(f"combo_{combo.id}", f"{combo.meaning} in one file, {where}")
    for finding in SYNTAX_RULES:
        yield column(f"finding_{finding.id}", f"code that {finding.meaning}, {where}")


def _all() -> Iterator[Column]:
    yield from _WHOLE
    yield from _of_unknown()
    yield from REACHED_COLUMNS
    for role, where, when in PLACES:
        yield from _of_role(role, where, when)
    for section, where in TEXT_SECTIONS:
        yield Column(f"code_{section}_files", Dtype.INT32, f"the number of files {where}")
        yield Column(f"code_{section}_indicators", Dtype.INT32, f"the number of different suspicious patterns {where}")
        yield Column(
            f"code_{section}_top_weight", Dtype.INT32, f"how much that is suspicious comes together in one file {where}"
        )
        yield Column(
            f"code_{section}_top_tight",
            Dtype.INT32,
            f"how much that is suspicious comes together within a few lines {where}",
        )
        for category in Category:
            yield Column(f"code_{section}_category_{category}", Dtype.INT32, f"signs of {SIGNS[category]} {where}")


COLUMNS: tuple[Column, ...] = tuple(_all())
