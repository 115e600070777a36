"""Code that constants hide is decoded, analysed and counted at the constant's line."""

import base64
import marshal
import zlib

import pytest

from features.code.analyse_file import analyse_file, analyse_text
from features.code.analysis_draft import AnalysisDraft
from features.code.evaluate.unpack import xor
from features.code.hidden_code import MAX_DEPTH, Budget, HiddenCodeReader
from features.contract import Role
from tests.features.code.conftest import INNER, matched_rules

CODE = b"import os\nos.system('id')  # inert, and long enough\n"


def make_reader(depth: int = 0, budget: Budget | None = None) -> tuple[AnalysisDraft, HiddenCodeReader]:
    draft = AnalysisDraft("", Role.REST, depth)
    return draft, HiddenCodeReader(draft, budget or Budget(), analyse_text)


def test_an_encoded_constant_is_code_and_a_digest_is_not():
    assert "unpacked_code" in matched_rules(f"x = '{INNER}'")
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert "unpacked_code" not in matched_rules(f"x = '{digest}'")


@pytest.mark.parametrize(
    ("constant", "layers"),
    [(base64.b64encode(CODE), 1), (base64.b64encode(zlib.compress(CODE)), 2), (CODE, 0), (b"plain words" * 9, 0)],
)
def test_layers_of_a_constant_are_counted(constant, layers):
    draft, reader = make_reader()
    reader.read_constant(constant, 5, 2, runs=False)
    assert draft.counts["unpacked_layers"] == layers
    assert draft.counts["unpacked_bytes"] == (len(CODE) if layers else 0)
    assert draft.counts["call_execute_process"] == bool(layers)
    assert {location.line for location in draft.locations} == ({5} if layers else set())
    assert set(draft.effects) == ({2} if layers else set())


def test_text_built_from_numbers_is_hidden_though_it_has_no_layer():
    draft, reader = make_reader()
    reader.read_constant(CODE, 1, 0, runs=False, is_built=True)
    assert draft.counts["finding_unpacked_code"] == 1


def test_decoding_calls_inside_a_decoding_call_are_layers():
    draft, reader = make_reader()
    reader.read_decoded(CODE, 2, 1, 0, runs=True)
    assert draft.counts["unpacked_layers"] == 3
    assert draft.counts["run_execute_process"] == 1


@pytest.mark.parametrize(("is_visible", "findings"), [(True, 0), (False, 1)])
def test_executed_text_is_hidden_where_it_is_not_visible(is_visible, findings):
    draft, reader = make_reader()
    reader.read_executed(CODE, 1, 0, runs=True, is_visible=is_visible)
    assert draft.counts["finding_unpacked_code"] == findings
    assert draft.counts["call_execute_process"] == 1


def test_a_cipher_is_cracked_where_that_is_enabled():
    locked = xor(CODE * 2, b"K")
    draft, reader = make_reader()
    reader.read_constant(locked, 1, 0, runs=False)
    assert draft.counts["finding_unpacked_code"] == 0
    reader.enable_cracking(())
    reader.read_constant(locked, 1, 0, runs=False)
    assert draft.counts["finding_unpacked_code"] == 1


def test_known_keys_are_tried():
    draft, reader = make_reader()
    reader.enable_cracking((b"snark",))
    reader.read_constant(base64.b64encode(xor(CODE, b"snark")), 1, 0, runs=False)
    assert draft.counts["unpacked_layers"] == 2


def test_a_code_object_counts_though_it_is_no_text():
    data = marshal.dumps(compile("x = 'some text that is long enough to be looked at'", "demo.py", "exec"))
    draft, reader = make_reader()
    reader.read_constant(base64.b64encode(data), 1, 0, runs=False)
    assert draft.counts["finding_unpacked_code"] == 1


def test_hidden_code_is_followed_four_deep():
    text = b"import os\nos.system('id')"
    for _ in range(MAX_DEPTH + 2):
        text = b"import base64\nexec(base64.b64decode('" + base64.b64encode(text) + b"'))"
    counts = analyse_file(text, Role.REST).counts
    assert counts["unpacked_layers"] == MAX_DEPTH + 1
    assert "call_execute_process" not in counts


def test_a_spent_budget_decodes_nothing_more():
    budget = Budget(decoded_bytes=1)
    draft, reader = make_reader(budget=budget)
    reader.read_constant(base64.b64encode(CODE), 1, 0, runs=False)
    assert budget.decoded_bytes < 0
    reader.read_constant(base64.b64encode(CODE), 2, 0, runs=False)
    assert draft.counts["finding_unpacked_code"] == 1


def test_trees_of_hidden_code_share_the_budget_of_tokens():
    budget = Budget()
    before = budget.tokens
    make_reader(budget=budget)[1].read_constant(base64.b64encode(CODE), 1, 0, runs=False)
    assert budget.tokens == before
    draft, reader = make_reader(budget=Budget(tokens=5))
    reader.read_constant(base64.b64encode(CODE), 1, 0, runs=False)
    assert draft.counts["finding_unpacked_code"] == 1  # by its indicators alone
    assert draft.counts["call_execute_process"] == 1  # as its text says
