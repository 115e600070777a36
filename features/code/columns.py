"""Lists the columns of the code group, in the order of the schema."""

from collections.abc import Iterator
from typing import NamedTuple

from features.code.combos import COMBOS
from features.code.detect.rules import SYNTAX_RULES
from features.code.evaluate.api_behaviours import BEHAVIOURS
from features.code.measures import MEASURES
from features.code.reach.columns import REACH_COLUMNS
from features.contract import Column, Dtype
from features.text.indicator_file import CATEGORY_MEANINGS, Category
from features.text.indicators import INDICATORS

_I32, _F = Dtype.INT32, Dtype.FLOAT32


class CodeSection(NamedTuple):
    """A section of a release's text that has columns of its own.

    `where` names the section in a meaning; `when` says when the code of the section runs.
    """

    name: str
    where: str
    when: str = ""


CODE_SECTIONS = (
    CodeSection("install", "in its install code", "during installation"),
    CodeSection("import", "in its import code", "on import"),
    CodeSection("rest", "in its inner modules", "as soon as one of its inner modules is imported"),
)
"""Sections of code, one for each role."""

TEXT_SECTIONS = (
    CodeSection("text", "in scripts and other text that is not Python"),
    CodeSection("prose", "in documentation and metadata"),
)
"""Sections of text without a role of code."""

_SECTION_TOTALS: tuple[tuple[str, Dtype, str], ...] = (
    ("files", _I32, "the number of source files {where}"),
    ("kilobytes", _F, "the amount of source {where}, in kB"),
    ("indicators", _I32, "the number of distinct suspicious patterns {where}"),
    ("strong", _I32, "the number of distinct high-severity patterns {where}"),
    ("categories", _I32, "the number of distinct kinds of suspicious behaviour {where}"),
    ("hits_per_kb", _F, "the density of suspicious patterns {where}"),
    ("weight_per_kb", _F, "the density of high-severity patterns {where}"),
    ("hit_share", _F, "the share of files with suspicious patterns {where}"),
    ("top_weight", _I32, "the highest severity of a single file {where}"),
    ("top_tight", _I32, "the highest severity within a few lines {where}"),
    ("top_categories", _I32, "the most kinds of suspicious behaviour in a single file {where}"),
    ("top_strong", _I32, "the most high-severity patterns in a single file {where}"),
    ("top_share", _F, "the share of the severity in a single file {where}"),
    ("top_size_share", _F, "the share of the source in the most suspicious file {where}"),
    ("findings", _I32, "the number of distinct syntax rules that match {where}"),
    ("top_findings", _F, "the highest severity of the syntax rules that match in a single file {where}"),
    ("syntax_files", _I32, "the number of files with a syntax analysis {where}"),
)

_WHOLE: tuple[tuple[str, Dtype, str], ...] = (
    ("files", _I32, "the number of its text files"),
    ("source_files", _I32, "the number of its source files"),
    ("weight", _I32, "the total severity of the suspicious patterns in its code"),
    ("top_weight", _I32, "the highest severity of a single source file"),
    ("top_tight", _I32, "the highest severity within a few lines of its code"),
    ("top_weight_main", _I32, "the highest severity of a single source file outside tests and documentation"),
    ("top_tight_main", _I32, "the highest severity within a few lines of code outside tests and documentation"),
    ("top_share", _F, "the share of the severity in its most suspicious file"),
    ("top_size_share", _F, "the share of its source in its most suspicious file"),
    ("top_isolation", _F, "a single file that is far more suspicious than the rest of its code"),
    ("top_second", _F, "the severity of its second most suspicious file relative to the first"),
    ("hit_share", _F, "the share of its source files with suspicious patterns"),
    ("interesting_share", _F, "the share of its source files with patterns that call for a syntax analysis"),
    ("syntax_share", _F, "the share of its source with a syntax analysis"),
    ("not_read", _I32, "the number of its source files too large or too many for a complete syntax analysis"),
    ("not_examined", _I32, "the number of its text files that were not examined completely"),
    ("bad_encoding", _I32, "the number of its text files in an unusual or broken encoding"),
    ("utf16", _I32, "the number of its text files in UTF-16, which hides text from a search for bytes"),
)


def _code_section_columns(section: CodeSection) -> Iterator[Column]:
    where = section.where

    def column(noun: str, meaning: str, dtype: Dtype = _I32) -> Column:
        return Column(f"code_{section.name}_{noun}", dtype, meaning)

    for indicator in INDICATORS:
        yield column(indicator.id, f"code that {indicator.meaning}, {where}")
    for category in Category:
        yield column(f"category_{category}", f"signs of {CATEGORY_MEANINGS[category]} {where}")
        yield column(
            f"folded_{category}", f"signs of {CATEGORY_MEANINGS[category]} in strings assembled from pieces {where}"
        )
        yield column(f"unpacked_{category}", f"signs of {CATEGORY_MEANINGS[category]} inside encoded text {where}")
    for combo in COMBOS:
        yield column(f"combo_{combo.id}", f"{combo.meaning} in the same file {where}")
    for noun, dtype, meaning in _SECTION_TOTALS:
        yield column(noun, meaning.format(where=where), dtype)
    for behaviour in BEHAVIOURS:
        yield column(f"call_{behaviour.id}", f"code that {behaviour.meaning}, {where}")
        yield column(f"run_{behaviour.id}", f"code that {behaviour.meaning} {section.when}")
    for rule in SYNTAX_RULES:
        yield column(f"finding_{rule.id}", f"code that {rule.meaning}, {where}")
    for measure in MEASURES:
        yield column(measure.id, f"{measure.meaning}, {where}")


def _text_section_columns(section: CodeSection) -> Iterator[Column]:
    where = section.where

    def column(noun: str, meaning: str) -> Column:
        return Column(f"code_{section.name}_{noun}", _I32, meaning)

    yield column("files", f"the number of files {where}")
    yield column("indicators", f"the number of distinct suspicious patterns {where}")
    yield column("top_weight", f"the highest severity of a single file {where}")
    yield column("top_tight", f"the highest severity within a few lines {where}")
    for category in Category:
        yield column(f"category_{category}", f"signs of {CATEGORY_MEANINGS[category]} {where}")


def _unknown_columns() -> Iterator[Column]:
    """Yield the columns over source files that no other project published; without known code, over all files."""
    where = "in code that no other project published"

    def column(noun: str, meaning: str, dtype: Dtype = _I32) -> Column:
        return Column(f"code_unknown_{noun}", dtype, meaning)

    yield column("weight", f"the total severity of the suspicious patterns {where}")
    yield column("weight_share", f"the share of the severity {where}", _F)
    yield column("interesting", f"the number of files with patterns that call for a syntax analysis {where}")
    for noun, dtype, meaning in _SECTION_TOTALS:
        yield column(noun, meaning.format(where=where), dtype)
    for section in CODE_SECTIONS:
        here = f"{section.where}, in files that no other project published"
        yield column(f"{section.name}_weight", f"the total severity of the suspicious patterns {here}")
        yield column(f"{section.name}_top_tight", f"the highest severity within a few lines {here}")
        yield column(f"{section.name}_findings", f"the number of distinct syntax rules that match {here}")
    for category in Category:
        yield column(f"category_{category}", f"signs of {CATEGORY_MEANINGS[category]} {where}")
        yield column(f"unpacked_{category}", f"signs of {CATEGORY_MEANINGS[category]} inside encoded text {where}")
    for combo in COMBOS:
        yield column(f"combo_{combo.id}", f"{combo.meaning} in the same file {where}")
    for rule in SYNTAX_RULES:
        yield column(f"finding_{rule.id}", f"code that {rule.meaning}, {where}")


def _all_columns() -> Iterator[Column]:
    for noun, dtype, meaning in _WHOLE:
        yield Column(f"code_{noun}", dtype, meaning)
    yield from _unknown_columns()
    yield from REACH_COLUMNS
    for section in CODE_SECTIONS:
        yield from _code_section_columns(section)
    for section in TEXT_SECTIONS:
        yield from _text_section_columns(section)


COLUMNS: tuple[Column, ...] = tuple(_all_columns())
