from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.marks import MARK_IDS
from model.contract import FloorResult, OperatingPoint, Verdict
from model.floors import CHANGE_FLOORS, FLOORS, Floor, find_floor, measure_floors, raise_scores
from model.members import Members, read_members

Make = Callable[..., dict[str, Any]]
POINTS = tuple(
    OperatingPoint(verdict, threshold, 0.1, 0, 10, 0.0, 0.1, extrapolated=False)
    for verdict, threshold in ((Verdict.MALICIOUS, 1.1), (Verdict.SUSPICIOUS, 0.9), (Verdict.REVIEW, 0.4))
)


@pytest.fixture
def read(schema_of: Callable[..., pa.Schema]) -> Callable[[list[list[dict[str, Any]]]], Members]:
    def of(rows: list[list[dict[str, Any]]]) -> Members:
        members = read_members(pa.table({"members": pa.array(rows, schema_of().field("members").type)}))
        assert members is not None
        return members

    return of


def floor(name: str) -> Floor:
    return next(one for one in CHANGE_FLOORS if one.id == name)


def test_every_mark_of_a_floor_is_one_that_members_have() -> None:
    wanted = {mark for one in CHANGE_FLOORS for marks in (*one.marks, one.beside) for mark in marks}
    assert not wanted - set(MARK_IDS)


def test_ids_are_unique_and_every_floor_of_artifacts_holds_for_changes() -> None:
    ids = [one.id for one in CHANGE_FLOORS]
    assert len(ids) == len(set(ids))
    assert {one.id for one in FLOORS} < set(ids)


def test_an_act_that_honest_releases_begin_with_asks_for_a_review_at_most(
    read: Callable[..., Members], make_member: Make
) -> None:
    members = read([[make_member("a.py", {"finding_download_then_execute": 1})]] + [[]] * 40_000)
    for floors, verdict in ((FLOORS, Verdict.SUSPICIOUS), (CHANGE_FLOORS, Verdict.REVIEW)):
        results = measure_floors(floors, members, np.arange(1, 40_001))
        assert [verdict] == [result.verdict for result in results if result.id == "fetched_and_executed"]


def test_a_smaller_share_leaves_room_for_fewer_alarms(read: Callable[..., Members], make_member: Make) -> None:
    row = [make_member("a.pth", {"call_decode": 1}, "install", file_type="pth")]
    members = read([row] * 3 + [[]] * 39_997)
    found = [measure_floors(FLOORS, members, np.arange(40_000), share)[0].verdict for share in (0.1, 0.02)]
    assert [Verdict.SUSPICIOUS, Verdict.REVIEW] == found


def test_a_start_up_line_that_decodes_is_found_and_one_that_imports_is_not(
    read: Callable[..., Members], make_member: Make
) -> None:
    members = read(
        [
            [make_member("a.pth", {"call_decode": 1}, "install", file_type="pth")],
            [make_member("a.pth", {"call_dynamic_import": 1}, "install", file_type="pth")],
            [make_member("a.py", {"call_decode": 1}, "install")],
        ]
    )
    assert [0] == find_floor(floor("startup_decodes"), members).tolist()


def test_tests_and_known_code_reach_no_floor(read: Callable[..., Members], make_member: Make) -> None:
    act = {"finding_download_then_execute": 1}
    members = read(
        [
            [make_member("a.py", act)],
            [make_member("tests/a.py", {**act, "auxiliary_path": 1})],
            [make_member("vendored.py", {**act, "known_code": 1})],
            [make_member("a.py", act, "rest")],
        ]
    )
    assert [0] == find_floor(floor("fetched_and_executed"), members).tolist()
    assert [0, 3] == find_floor(floor("fetched_anywhere"), members).tolist()


def test_the_network_at_import_is_an_act_by_where_it_reaches(read: Callable[..., Members], make_member: Make) -> None:
    at_import = {"finding_import_time_network": 1}
    members = read(
        [
            [make_member("a.py", {**at_import, "raw_ip_url": 1})],
            [make_member("a.py", {**at_import, "callback_service": 1})],
            [make_member("a.py", at_import)],
            [make_member("a.py", {"raw_ip_url": 1, "callback_service": 1})],
        ]
    )
    assert [0] == find_floor(floor("address_at_load"), members).tolist()
    assert [1] == find_floor(floor("collector_at_load"), members).tolist()


def test_a_probe_says_what_it_is_in_any_member(read: Callable[..., Members], make_member: Make) -> None:
    at_import = make_member("a.py", {"finding_import_time_network": 1})
    notice = make_member("README.md", {"bounty_notice": 1}, "rest", file_type="text")
    members = read([[at_import, notice], [at_import], [notice]])
    assert [0] == find_floor(floor("probe_at_load"), members).tolist()


@pytest.mark.parametrize(
    ("name", "act", "twin", "role", "other_role"),
    [
        ("hidden_data", "invisible_data", "hidden_characters", "rest", None),
        ("hidden_orders", "agent_text_hidden", "agent_text_secrecy", "rest", None),
        ("agent_fetches", "editor_command_fetches", "editor_task_on_open", "rest", None),
        ("pipeline_leaks", "pipeline_leaks", "pipeline_fetches", "rest", None),
        ("keys_named", "docker_credentials", "environment_read", "import", "rest"),
        ("terminal_given", "pty_spawn", "subprocess_call", "install", "rest"),
        ("native_acts", "native_shell_text", "native_unexpected", "rest", None),
        ("constructor_acts", "constructor_acts", "native_unexpected", "rest", None),
        ("loader_variable", "finding_environment_hook", "call_environment", "rest", None),
        ("numbers_executed", "int_to_text call_execute_code", "int_to_text", "rest", None),
        ("hidden_call", "opaque_getattr", "call_dynamic_attribute", "rest", None),
        ("lambda_executes", "lambda_exec", "exec_call", "rest", None),
        ("encoded_act", "unpacked_network", "long_base64", "rest", None),
        ("imported_and_executed", "dunder_import_call run_execute_process", "dunder_import_call", "import", "rest"),
        ("thread_connects", "run_thread call_network_send", "run_thread", "import", "rest"),
        ("bare_address", "raw_ip_url", "odd_port_url", "install", "rest"),
        ("client_robbed", "wallet_files", "call_file_read", "rest", None),
        ("native_loaded", "finding_import_time_native", "call_ctypes", "rest", None),
        ("miner_started", "miner call_execute_process", "miner", "rest", None),
        ("files_encrypted", "encrypts_files call_crypto", "call_crypto", "rest", None),
        ("built_host", "dns_built_name", "call_socket", "rest", None),
        ("token_to_stranger", "finding_token_to_stranger", "call_secrets", "rest", None),
    ],
)
def test_an_act_reaches_its_floor_and_its_twin_none(
    read: Callable[..., Members], make_member: Make, name: str, act: str, twin: str, role: str, other_role: str | None
) -> None:
    rows = [[make_member("a", dict.fromkeys(act.split(), 1), role)], [make_member("a", dict.fromkeys([twin], 1), role)]]
    if other_role:
        rows.append([make_member("a", dict.fromkeys(act.split(), 1), other_role)])
    assert [0] == find_floor(floor(name), read(rows)).tolist()


def test_marks_must_meet_in_one_member(read: Callable[..., Members], make_member: Make) -> None:
    parts = [{"unpacked_execution": 1}, {"unpacked_network": 1}, {"finding_decode_then_execute": 1}]
    whole = {mark: 1 for part in parts for mark in part}
    members = read([[make_member(f"{n}.py", part) for n, part in enumerate(parts)], [make_member("a.py", whole)]])
    assert [1] == find_floor(floor("hidden_fetch"), members).tolist()


@pytest.mark.parametrize(
    ("honest", "alarms", "verdict"),
    [
        (10_000, 0, Verdict.SUSPICIOUS),
        (10_000, 1, Verdict.SUSPICIOUS),
        (10_000, 5, Verdict.REVIEW),
        (10_000, 50, Verdict.CLEAR),
        (1_000, 0, Verdict.REVIEW),
        (100, 0, Verdict.CLEAR),
    ],
)
def test_a_floor_gives_what_its_count_leaves_room_for(
    read: Callable[..., Members], make_member: Make, honest: int, alarms: int, verdict: Verdict
) -> None:
    row = [make_member("a.pth", {"call_decode": 1}, "install", file_type="pth")]
    members = read([row] * alarms + [[]] * (honest - alarms))
    result = measure_floors(FLOORS, members, np.arange(honest))[0]
    assert ("startup_decodes", alarms, honest, verdict) == (result.id, result.alarms, result.rows, result.verdict)
    assert result.upper > alarms / honest


def test_a_score_is_raised_to_the_threshold_and_never_lowered(read: Callable[..., Members], make_member: Make) -> None:
    row = [make_member("a.pth", {"call_decode": 1}, "install", file_type="pth")]
    members = read([row, [], row])
    result = FloorResult("startup_decodes", "x", Verdict.SUSPICIOUS, 0, 10_000, 0.0)
    raised, acts = raise_scores(FLOORS, [result], members, np.array([0.2, 0.3, 0.95]), POINTS)
    assert [0.9, 0.3, 0.95] == raised.tolist()
    assert {0: [result], 2: [result]} == acts


def test_a_floor_without_room_or_reachable_verdict_raises_nothing(
    read: Callable[..., Members], make_member: Make
) -> None:
    members = read([[make_member("a.pth", {"call_decode": 1}, "install", file_type="pth")]])
    for verdict in (Verdict.CLEAR, Verdict.MALICIOUS):
        result = FloorResult("startup_decodes", "x", verdict, 0, 10_000, 0.0)
        raised, _ = raise_scores(FLOORS, [result], members, np.array([0.2]), POINTS)
        assert [0.2] == raised.tolist()
    assert ([0.5], {}) == ((found := raise_scores(FLOORS, [], None, np.array([0.5]), POINTS))[0].tolist(), found[1])


def test_a_table_without_members_measures_no_floor() -> None:
    assert () == measure_floors(FLOORS, None, np.arange(5))
