"""Values and evidence are collected from the binaries of a release."""

from collections import Counter
from dataclasses import replace

import pytest

from features.binary.examination import STEALTH_NAMES, BinaryExamination, distinct_members
from features.binary.rules import WEIGHTS
from features.binary.string_markers import MarkerMatches
from features.binary.string_scan import BinaryStrings
from features.contract import FileType, Kind, Member, Release, Role
from features.limits import BINARY_BYTES
from features.text.indicators import INDICATORS, POSITIONS

MEMBER = Member("x/a.so", 9, FileType.NATIVE, Role.IMPORT, digest=b"a")
RELEASE = Release("x-1.whl", "x", "1", Kind.WHEEL, "zip", 9, (MEMBER,))
NOBODY: frozenset[str] = frozenset()


@pytest.fixture
def examination():
    return BinaryExamination(RELEASE)


def words(*indicators: str, hosts: frozenset[str] = NOBODY, python: frozenset[str] = NOBODY) -> BinaryStrings:
    return BinaryStrings(
        Counter({POSITIONS[name]: 1 for name in indicators}), MarkerMatches(NOBODY, python, NOBODY, hosts)
    )


def test_counts_add_up_and_are_capped(examination):
    examination.add("native")
    examination.add("native", 2)
    examination.add("overlay_bytes", 2**40)
    examination.add("packed", False)
    values = examination.values()
    assert (values["native"], values["overlay_bytes"], values["packed"]) == (3, 2**31 - 1, 0)


def test_a_maximum_is_only_raised(examination):
    for count in (3, 5, 4):
        examination.raise_to("sections_top", count)
    assert examination.values()["sections_top"] == 5


def test_evidence_has_the_rules_weight_and_the_members_role(examination):
    examination.show(MEMBER, "native_packed", "upx")
    (shown,) = examination.evidence
    assert (shown.member, shown.line, shown.role) == ("x/a.so", 1, Role.IMPORT)
    assert (shown.indicator, shown.weight) == ("native_packed", WEIGHTS["native_packed"])


def test_only_what_is_left_can_be_spent(examination):
    assert examination.spend(BINARY_BYTES - 1)
    assert not examination.spend(2)
    assert examination.spend(1)
    assert examination.values()["searched_bytes"] == BINARY_BYTES


def test_a_passed_deadline_is_a_limit(examination):
    assert not examination.is_late()
    late = BinaryExamination(replace(RELEASE, deadline=-1.0))
    assert late.is_late()
    assert (examination.limits, late.limits) == (set(), {"seconds"})


def test_strings_are_counted_over_all_members_and_weighed_in_each(examination):
    examination.add_strings(MEMBER, "native", words("discord_webhook", hosts=frozenset({"a.example", "192.0.2.1"})))
    examination.add_strings(MEMBER, "pickle", words("discord_webhook", "exec_call", hosts=frozenset({"a.example"})))
    values = examination.values()
    webhook, execute = (INDICATORS[POSITIONS[name]] for name in ("discord_webhook", "exec_call"))
    assert (values["indicators"], values["hosts"], values["raw_addresses"]) == (2, 2, 1)
    assert values["native_top_weight"] == webhook.weight
    assert values["top_weight"] == values["pickle_top_weight"] == webhook.weight + execute.weight
    assert values["bytecode_top_weight"] == 0
    assert values[f"category_{webhook.category}"] == 1
    assert values["top_categories"] == values["categories"] == len({webhook.category, execute.category})


def test_a_member_without_hits_says_nothing(examination):
    examination.add_strings(MEMBER, "native", words())
    assert (examination.evidence, examination.values()["top_weight"]) == ([], 0)


def test_many_names_that_malware_uses_are_evidence(examination):
    names = [f"name_{number}" for number in range(STEALTH_NAMES)]
    examination.add_python_names(MEMBER, words(python=frozenset(names[1:])))
    assert examination.evidence == []
    examination.add_python_names(MEMBER, words(python=frozenset(names)))
    assert [shown.indicator for shown in examination.evidence] == ["compiled_stealth"]
    values = examination.values()
    assert (values["python_names"], values["python_names_top"]) == (STEALTH_NAMES, STEALTH_NAMES)


def test_members_are_distinct_and_ordered_by_when_they_run_and_size():
    rest, twin = replace(MEMBER, path="r", role=Role.REST, digest=b"r"), replace(MEMBER, path="z")
    install = replace(MEMBER, path="i", role=Role.INSTALL, digest=b"i", size=99)
    small = replace(MEMBER, path="s", digest=b"s", size=1)
    unknown = [replace(MEMBER, path=path, digest=b"", role=Role.REST, size=10) for path in ("u", "v")]
    assert [m.path for m in distinct_members([*unknown, rest, twin, MEMBER, small, install])] == [
        "i", "s", "x/a.so", "r", "u", "v",
    ]  # fmt: skip
