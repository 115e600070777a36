"""Reachable code as columns."""

from collections import Counter

import pytest

from features.code.analysed_file import AnalysedFile
from features.code.contract import FileAnalysis
from features.code.detect.rules import RULE_WEIGHTS
from features.code.reach.columns import (
    BEHAVIOUR_COMBOS,
    COUNT_CAP,
    EVIDENCE_FACTORS,
    REACH_COLUMNS,
    BehaviourCombo,
    evidence_factors,
    reach_values,
    total_rule_weight,
)
from features.code.reach.graph import TRIGGERS, ReachableCode
from features.contract import FileType, Member, Role
from features.text.indicator_scan import scan_text

SUSPICIOUS = b"import base64\nexec(base64.b64decode(x))\n"
GRAVE = {"finding_decode_then_execute": 1}
NOTHING = ReachableCode()


def file(path: str = "a.py", data: bytes = SUSPICIOUS, *, analysed: bool = True, section: str = "rest") -> AnalysedFile:
    member = Member(path, len(data), FileType.PYTHON, Role.REST, data=data, head=data)
    analysis = FileAnalysis(True, counts={"finding_hidden_name": 1}) if analysed else None
    return AnalysedFile(member, section, data, b"", scan_text(data), analysis=analysis)


def code(distances: dict[int, int], effects: dict[int, dict[str, int]] | None = None, **more: int) -> ReachableCode:
    counted = {index: Counter(found) for index, found in (effects or {}).items()}
    return ReachableCode(distances, counted, **more)  # type: ignore[arg-type]


def values(files: list[AnalysedFile], **by_trigger: ReachableCode) -> dict[str, float]:
    reachable = {trigger: by_trigger.get(trigger, NOTHING) for trigger in TRIGGERS}
    return {name: float(value or 0) for name, value in reach_values(reachable, files).items()}


def test_every_column_completes_the_sentence() -> None:
    names = [column.name for column in REACH_COLUMNS]
    assert len(names) == len(set(names))
    assert all(name.startswith(("code_reached_", "code_unreached_")) for name in names)
    assert all(len(column.meaning.split()) >= 4 and not column.meaning.endswith(".") for column in REACH_COLUMNS)


def test_use_of_the_api_has_no_column_for_single_behaviours() -> None:
    names = {column.name for column in REACH_COLUMNS}
    assert "code_reached_import_execute_code" in names
    assert "code_reached_use_execute_code" not in names
    assert "code_reached_use_meeting_decode_execute" in names


def test_every_value_has_a_column() -> None:
    files = [file(), file("b.py")]
    found = values(files, **dict.fromkeys(TRIGGERS, code({0: 0, 1: 1}, {1: GRAVE})))
    assert set(found) <= {column.name for column in REACH_COLUMNS}


def test_what_is_not_reached_has_only_columns_of_the_unreached() -> None:
    found = values([file(), file("b.py", b"x = 1\n"), file("tests/test_a.py"), file("c.md", section="prose")])
    assert not [name for name in found if name.startswith("code_reached_") and name != "code_reached_cut"]
    assert (found["code_unreached_files"], found["code_unreached_findings"]) == (1, 1)
    assert found["code_unreached_finding_weight"] == RULE_WEIGHTS["hidden_name"]
    assert found["code_unreached_share"] == 0.5


def test_use_of_the_api_alone_leaves_a_file_unreached() -> None:
    assert "code_unreached_files" in values([file()], use=code({0: 0}))
    assert "code_unreached_files" not in values([file()], script=code({0: 0}))


def test_distances_shares_and_depth_are_of_analysed_files() -> None:
    files = [file(), file("b.py"), file("c.py", analysed=False), file("d.py")]
    found = values(files, **{"import": code({0: 0, 1: 1, 2: 5}, cross_file_calls=3, programs=2)})
    prefix = "code_reached_import_"
    assert (found[prefix + "files"], found[prefix + "depth"]) == (2, 1)
    assert found[prefix + "share"] == pytest.approx(2 / 3)
    assert (found[prefix + "across"], found[prefix + "programs"]) == (3, 2)


def test_inner_files_and_the_nearest_of_high_severity_are_told_apart() -> None:
    effects = {0: GRAVE, 1: {"finding_hidden_name": 4, "decode": 1}, 2: GRAVE}
    found = values([file(), file("b.py"), file("c.py")], install=code({0: 0, 1: 1, 2: 3}, effects))
    prefix = "code_reached_install_"
    assert (found[prefix + "grave_files"], found[prefix + "distance"]) == (1, 3)
    assert (found[prefix + "findings"], found[prefix + "inner_findings"], found[prefix + "behaviours"]) == (2, 2, 1)
    assert found[prefix + "top_findings"] == RULE_WEIGHTS["decode_then_execute"]
    assert found[prefix + "finding_decode_then_execute"] == 2
    assert found[prefix + "decode"] == 1


def test_combinations_spread_over_files_count_as_such() -> None:
    apart = {0: {"decode": 1}, 1: {"execute_code": 1}}
    together = {0: {"decode": 1, "execute_code": 1}}
    for effects, spread in ((apart, 1), (together, 0)):
        found = values([file(), file("b.py")], script=code({0: 0, 1: 1}, effects))
        assert found["code_reached_script_meeting_decode_execute"] == 1
        assert found["code_reached_script_spread"] == spread


@pytest.mark.parametrize("combo", BEHAVIOUR_COMBOS, ids=lambda combo: combo.id)
def test_a_combination_needs_one_behaviour_of_each_set(combo: BehaviourCombo) -> None:
    column = f"code_reached_import_meeting_{combo.id}"
    needed = [min(need) for need in combo.needs]
    whole = values([file()], **{"import": code({0: 0}, {0: dict.fromkeys(needed, 1)})})
    assert whole[column] == 1
    for missing in needed:
        rest = {behaviour: 1 for behaviour in needed if behaviour != missing}
        assert column not in values([file()], **{"import": code({0: 0}, {0: rest})})


def test_counts_are_capped_and_truncation_is_counted() -> None:
    endless = code({0: 0}, {0: {"decode": 10 * COUNT_CAP}}, truncated=True)
    found = values([file()], install=endless, use=endless)
    assert found["code_reached_install_decode"] == COUNT_CAP
    assert found["code_reached_cut"] == 2


def test_rules_weigh_once_and_behaviours_nothing() -> None:
    assert total_rule_weight({"finding_hidden_name": 9, "decode": 3}) == RULE_WEIGHTS["hidden_name"]
    assert total_rule_weight({}) == 0


def test_evidence_weighs_more_by_the_earliest_trigger_in_inner_files_with_findings() -> None:
    reachable = dict.fromkeys(TRIGGERS, NOTHING)
    effects: dict[int, dict[str, int]] = {0: GRAVE, 1: GRAVE, 2: {"decode": 1}}
    reachable["import"] = reachable["script"] = code({0: 0, 1: 1, 2: 1}, effects)
    assert evidence_factors(reachable) == {1: EVIDENCE_FACTORS["import"]}
    reachable["install"] = code({1: 2}, {1: GRAVE})
    assert evidence_factors(reachable) == {1: EVIDENCE_FACTORS["install"]}
