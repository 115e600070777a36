"""The columns of the code group, each with its meaning in words."""

from collections.abc import Iterator

from features.contract import Column, Dtype
from features.indicators import INDICATORS, Category
from features.syntax.apis import BEHAVIOURS
from features.syntax.combos import COMBOS
from features.syntax.findings import SYNTAX_FINDINGS
from features.syntax.measures import MEASURES
from features.syntax.reached import REACHED_COLUMNS

PLACES: tuple[tuple[str, str, str], ...] = (
    ("install", "in code that runs at install time", "while it is installed"),
    ("import", "in code that runs when it is imported", "as soon as it is imported"),
    ("rest", "in modules that are only run when they are used", "as soon as one of its inner modules is imported"),
)
"""Role, where that is in words, and when its own code runs."""

BUCKETS: tuple[tuple[str, str], ...] = (
    ("text", "in scripts and other text that is not Python"),
    ("prose", "in documentation and metadata"),
)
"""Text that no role of code holds."""

_SUMS: tuple[tuple[str, Dtype, str], ...] = (
    ("files", Dtype.INT32, "the number of source files {where}"),
    ("kilobytes", Dtype.FLOAT32, "the amount of source {where}, in kB"),
    ("indicators", Dtype.INT32, "how many different indicators stand {where}"),
    ("strong", Dtype.INT32, "how many indicators with few harmless readings stand {where}"),
    ("categories", Dtype.INT32, "how many kinds of indicators stand {where}"),
    ("hits_per_kb", Dtype.FLOAT32, "how densely indicators stand {where}"),
    ("weight_per_kb", Dtype.FLOAT32, "how densely grave indicators stand {where}"),
    ("hit_share", Dtype.FLOAT32, "the share of files with indicators {where}"),
    ("top_weight", Dtype.INT32, "what meets in the one most suspicious file {where}"),
    ("top_tight", Dtype.INT32, "what meets within a few lines {where}"),
    ("top_categories", Dtype.INT32, "how many kinds of indicators meet in one file {where}"),
    ("top_strong", Dtype.INT32, "how many indicators with few harmless readings meet in one file {where}"),
    ("top_share", Dtype.FLOAT32, "how much of what is suspicious {where} stands in one file"),
    ("top_size_share", Dtype.FLOAT32, "how small a part of the code {where} its most suspicious file is"),
    ("findings", Dtype.INT32, "how many different things the syntax pass found {where}"),
    ("top_findings", Dtype.FLOAT32, "what the syntax pass found in one file {where}"),
    ("syntax_files", Dtype.INT32, "how many files were read by their syntax {where}"),
)

_WHOLE: tuple[Column, ...] = (
    Column("code_files", Dtype.INT32, "the number of its text files"),
    Column("code_source_files", Dtype.INT32, "the number of its source files"),
    Column("code_weight", Dtype.INT32, "the weight of everything suspicious in its code"),
    Column("code_top_weight", Dtype.INT32, "what meets in its one most suspicious file"),
    Column("code_top_tight", Dtype.INT32, "what meets within a few lines of its code"),
    Column("code_top_weight_main", Dtype.INT32, "what meets in one file outside tests and documentation"),
    Column("code_top_tight_main", Dtype.INT32, "what meets within a few lines outside tests and documentation"),
    Column("code_top_share", Dtype.FLOAT32, "how much of what is suspicious stands in a single file"),
    Column("code_top_size_share", Dtype.FLOAT32, "how small a part of its code the most suspicious file is"),
    Column("code_top_isolation", Dtype.FLOAT32, "one file that is far more suspicious than the rest of its code"),
    Column("code_top_second", Dtype.FLOAT32, "how the most suspicious file compares with the next"),
    Column("code_hit_share", Dtype.FLOAT32, "the share of its source files with indicators"),
    Column("code_interesting_share", Dtype.FLOAT32, "the share of its source files that deserve a look"),
    Column("code_syntax_share", Dtype.FLOAT32, "the share of its source that was read by its syntax"),
    Column("code_not_read", Dtype.INT32, "source files that were too large, or too many, to be read by their syntax"),
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
        yield column(f"category_{category}", f"indicators of {category} {where}")
        yield column(
            f"folded_{category}", f"indicators of {category} that only show once text is put together, {where}"
        )
        yield column(f"unpacked_{category}", f"indicators of {category} inside encoded constants, {where}")
    for combo in COMBOS:
        yield column(f"combo_{combo.id}", f"{combo.meaning} in one file, {where}")
    for name, dtype, meaning in _SUMS:
        yield column(name, meaning.format(where=where), dtype)
    for behaviour in BEHAVIOURS:
        yield column(f"call_{behaviour.id}", f"code that {behaviour.meaning}, {where}")
        yield column(f"run_{behaviour.id}", f"code that {behaviour.meaning} {when}")
    for finding in SYNTAX_FINDINGS:
        yield column(f"finding_{finding.id}", f"code that {finding.meaning}, {where}")
    for measure in MEASURES:
        yield column(measure.id, f"{measure.meaning}, {where}")


def _of_unknown() -> Iterator[Column]:
    """Yield the columns over source files that no other project published; as over all where nothing is known."""
    where = "in code that no other project published"

    def column(name: str, meaning: str, dtype: Dtype = Dtype.INT32) -> Column:
        return Column(f"code_unknown_{name}", dtype, meaning)

    yield column("weight", f"the weight of everything suspicious {where}")
    yield column("weight_share", "how much of what is suspicious no other project published", Dtype.FLOAT32)
    yield column("interesting", f"the number of files that deserve a look {where}")
    for name, dtype, meaning in _SUMS:
        yield column(name, meaning.format(where=where), dtype)
    for role, place, _ in PLACES:
        yield column(f"{role}_weight", f"the weight of everything suspicious that is its own {place}")
        yield column(f"{role}_top_tight", f"what meets within a few lines that are its own {place}")
        yield column(f"{role}_findings", f"how many different things the syntax pass found that are its own {place}")
    for category in Category:
        yield column(f"category_{category}", f"indicators of {category} {where}")
        yield column(f"unpacked_{category}", f"indicators of {category} inside encoded constants {where}")
    for combo in COMBOS:
        yield column(f"combo_{combo.id}", f"{combo.meaning} in one file, {where}")
    for finding in SYNTAX_FINDINGS:
        yield column(f"finding_{finding.id}", f"code that {finding.meaning}, {where}")


def _all() -> Iterator[Column]:
    yield from _WHOLE
    yield from _of_unknown()
    yield from REACHED_COLUMNS
    for role, where, when in PLACES:
        yield from _of_role(role, where, when)
    for bucket, where in BUCKETS:
        yield Column(f"code_{bucket}_files", Dtype.INT32, f"the number of files {where}")
        yield Column(f"code_{bucket}_indicators", Dtype.INT32, f"how many different indicators stand {where}")
        yield Column(f"code_{bucket}_top_weight", Dtype.INT32, f"what meets in one file {where}")
        yield Column(f"code_{bucket}_top_tight", Dtype.INT32, f"what meets within a few lines {where}")
        for category in Category:
            yield Column(f"code_{bucket}_category_{category}", Dtype.INT32, f"indicators of {category} {where}")


COLUMNS: tuple[Column, ...] = tuple(_all())
