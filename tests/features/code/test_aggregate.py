"""Files of a release as values of columns."""

import math

import pytest

from features.code.aggregate import HITS_CAP, code_columns
from features.code.analysed_file import AnalysedFile
from features.code.columns import COLUMNS
from features.code.contract import FileAnalysis
from features.code.detect.rules import RULE_WEIGHTS
from features.contract import FileType, Member, Role
from features.text.indicator_scan import TextScan
from features.text.indicators import INDICATORS, POSITIONS

EXEC = POSITIONS["exec_call"]
WEBHOOK = POSITIONS["discord_webhook"]


def file(
    *hits: tuple[int, int],
    path: str = "a.py",
    section: str = "rest",
    size: int = 1000,
    cluster: int = 0,
    counts: dict[str, int] | None = None,
    known: bool = False,
) -> AnalysedFile:
    role = Role(section) if section in set(Role) else Role.REST
    weight = sum(INDICATORS[position].weight for position, _ in hits)
    scan = TextScan(size, tuple(sorted(hits)), weight, cluster)
    analysis = None if counts is None else FileAnalysis(True, counts=counts)
    member = Member(path, size, FileType.PYTHON, role, data=b"x", head=b"x")
    return AnalysedFile(member, section, b"x", b"", scan, analysis=analysis, known=known)


def test_every_value_has_a_column() -> None:
    sections = ("install", "import", "rest", "text", "prose")
    values = code_columns([file((EXEC, 1), section=section, counts={"calls": 1}) for section in sections])
    assert set(values) <= {column.name for column in COLUMNS}


def test_no_files_have_no_source() -> None:
    values = code_columns([])
    assert not any(values.values())


def test_hits_are_summed_and_capped_in_their_section() -> None:
    values = code_columns([file((EXEC, 200)), file((EXEC, 100)), file((EXEC, 1), section="import")])
    assert (values["code_rest_exec_call"], values["code_import_exec_call"]) == (HITS_CAP, 1)
    assert values["code_rest_category_execution"] == HITS_CAP
    assert (values["code_rest_indicators"], values["code_rest_hit_share"]) == (1, 1.0)


def test_densities_are_for_each_kilobyte_of_the_section() -> None:
    values = code_columns([file((EXEC, 4), size=1000), file(size=3000)])
    assert values["code_rest_kilobytes"] == 4.0
    assert (values["code_rest_hits_per_kb"], values["code_rest_hit_share"]) == (1.0, 0.5)
    assert values["code_rest_weight_per_kb"] == INDICATORS[EXEC].weight / 4
    assert values["code_rest_top_size_share"] == 0.25


def test_combinations_are_counted_in_files_and_not_across_them() -> None:
    apart = code_columns([file((EXEC, 1)), file((WEBHOOK, 1))])
    assert "code_rest_combo_network_execution" not in apart
    together = code_columns([file((EXEC, 1), (WEBHOOK, 1)), file((EXEC, 1), (WEBHOOK, 1))])
    assert together["code_rest_combo_network_execution"] == 2


def test_measures_are_summed_but_for_those_that_are_a_maximum() -> None:
    files = [file(counts={"calls": 3, "literal_chars": 500}), file(counts={"calls": 4, "literal_chars": 90})]
    values = code_columns(files)
    assert (values["code_rest_calls"], values["code_rest_literal_chars"]) == (7, 500)
    assert values["code_rest_syntax_files"] == 2


def test_findings_are_counted_once_and_the_heaviest_file_named() -> None:
    one, other = {"finding_hidden_name": 2}, {"finding_hidden_name": 1, "finding_pip_install": 1}
    values = code_columns([file(counts=one), file(counts=other)])
    assert (values["code_rest_findings"], values["code_rest_finding_hidden_name"]) == (2, 3)
    assert values["code_rest_top_findings"] == RULE_WEIGHTS["hidden_name"] + RULE_WEIGHTS["pip_install"]


def test_sums_stay_within_32_bits() -> None:
    assert code_columns([file(counts={"nodes": 2**40})])["code_rest_nodes"] == 2**31 - 1


def test_text_that_is_no_code_has_sections_of_its_own() -> None:
    values = code_columns([file((EXEC, 1), section="text", cluster=3), file(section="prose")])
    assert (values["code_files"], values["code_source_files"], values["code_prose_files"]) == (2, 0, 1)
    assert (values["code_text_indicators"], values["code_text_top_tight"]) == (1, 3)
    assert values["code_text_category_execution"] == 1
    assert "code_weight" not in values


def test_one_heavy_file_among_many_stands_out() -> None:
    heavy = file((WEBHOOK, 1), size=10)
    values = code_columns([heavy, *(file(size=990) for _ in range(9))])
    assert (values["code_top_share"], values["code_top_second"]) == (1.0, 0.0)
    assert values["code_top_isolation"] == math.log2(1 + INDICATORS[WEBHOOK].weight)
    assert values["code_top_size_share"] == pytest.approx(10 / 8920)


def test_equally_heavy_files_do_not_stand_out() -> None:
    values = code_columns([file((WEBHOOK, 1)), file((WEBHOOK, 1))])
    assert (values["code_top_isolation"], values["code_top_second"], values["code_top_share"]) == (0.0, 1.0, 0.5)


def test_tests_do_not_count_as_main_code() -> None:
    values = code_columns([file((WEBHOOK, 1), path="tests/test_a.py", cluster=7)])
    assert (values["code_top_tight"], values["code_top_tight_main"], values["code_top_weight_main"]) == (7, 0, 0)


def test_the_share_of_analysed_source_is_in_bytes() -> None:
    values = code_columns([file(size=100, counts={}), file(size=300)])
    assert values["code_syntax_share"] == 0.25


def test_known_files_count_in_no_column_of_the_unknown() -> None:
    known = file((EXEC, 5), counts={"finding_hidden_name": 1}, known=True, cluster=9)
    own = file((WEBHOOK, 1), section="import", counts={"finding_pip_install": 2}, cluster=4)
    values = code_columns([known, own])
    assert (values["code_unknown_files"], values["code_unknown_import_findings"]) == (1, 1)
    assert (values["code_unknown_rest_findings"], values["code_unknown_rest_weight"]) == (0, 0)
    assert values["code_unknown_import_top_tight"] == 4
    assert "code_unknown_finding_hidden_name" not in values
    total = INDICATORS[EXEC].weight + INDICATORS[WEBHOOK].weight
    assert values["code_unknown_weight_share"] == INDICATORS[WEBHOOK].weight / total


def test_single_indicators_have_no_column_of_the_unknown() -> None:
    assert "code_unknown_exec_call" not in code_columns([file((EXEC, 1))])
