"""Raises a verdict by single acts that speak for themselves, whatever stands around them.

Each floor is measured on honest artifacts when a model is trained. It gives the gravest verdict of whose budget it uses
at most a small share, and no more than `MOST`: where honest artifacts show the act too often, it gives none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from features.contract import FileType, Role
from model.contract import FloorResult, OperatingPoint, Verdict
from model.members import FILE_TYPES, ROLES, Floats, Index, Members, mark_hash
from model.thresholds import VERDICT_RATES, clopper_pearson

Mask = npt.NDArray[np.bool_]

MOST = Verdict.SUSPICIOUS
"""The gravest verdict that a floor gives: some ten thousand honest artifacts support no rarer alarm."""

BUDGET_SHARE = 0.1
"""Share of a verdict's false positives that one floor of artifacts may use."""

CHANGE_SHARE = 0.02
"""Share that one floor of changes may use: there are many of them, and more honest rows to count them on."""

LEAST_EXPECTED = 3.0
"""False positives that a verdict's rate must allow on the honest rows: fewer rows say nothing about that rate."""

_HARMLESS_PLACES = ("auxiliary_path", "known_code")
"""Marks of members that no floor looks at: tests and documentation, and what another project published."""

_FETCHES = (
    "call_network_receive",
    "run_network_receive",
    "call_network_send",
    "run_network_send",
    "call_socket",
    "run_socket",
)
_DECODES = ("call_decode", "run_decode", "call_decompress", "run_decompress", "finding_decode_then_execute")
_EXECUTES_FETCHED = (
    "finding_download_then_execute",
    "finding_download_then_run",
    "finding_decode_then_run",
    "finding_network_to_process",
)
_NETWORK_AT_LOAD = ("finding_import_time_network", "finding_install_time_network")
_PROCESS_AT_LOAD = ("finding_import_time_process", "finding_install_time_process")
_EXECUTES = ("call_execute_code", "run_execute_code", "call_execute_process", "run_execute_process")
_CONNECTS = ("call_network_send", "call_network_receive", "call_socket")
_STEALS = ("finding_secrets_to_network", "finding_keys_to_network", "finding_spying_to_network")


@dataclass(frozen=True, slots=True)
class Floor:
    """An act of one member: it has a mark of each of `marks`, and one of the roles and types, () for any.

    `beside` are marks of which its artifact must have one in any member. `meaning` completes "It was ranked here
    because of ...". `most` is the gravest verdict that it gives.
    """

    id: str
    meaning: str
    marks: tuple[tuple[str, ...], ...]
    roles: tuple[Role, ...] = ()
    file_types: tuple[FileType, ...] = ()
    beside: tuple[str, ...] = ()
    most: Verdict = MOST


_LOADED = (Role.INSTALL, Role.IMPORT)

FLOORS: tuple[Floor, ...] = (
    Floor(
        "startup_decodes",
        "a start-up line that decodes text or uses the network",
        ((*_DECODES, *_FETCHES, *_EXECUTES_FETCHED, "unpacked_execution", "unpacked_network"),),
        file_types=(FileType.PTH,),
    ),
    Floor(
        "startup_executes",
        "a start-up line that runs text as code or starts a program",
        (_EXECUTES,),
        file_types=(FileType.PTH,),
    ),
    Floor(
        "fetched_and_executed",
        "code that downloads or decodes something and executes it, where it runs at install or import",
        (_EXECUTES_FETCHED,),
        _LOADED,
    ),
    Floor(
        "hidden_fetch",
        "encoded text that holds commands and a place to fetch from, and is executed",
        (("unpacked_execution",), ("unpacked_network", "unpacked_staging"), ("finding_decode_then_execute",)),
    ),
    Floor(
        "dropped_and_run",
        "code that writes a program that it carries and runs it, at install or import",
        (("finding_drop_then_run",),),
        _LOADED,
    ),
    Floor(
        "rebuilt_and_executed",
        "code that executes code objects rebuilt from bytes, at install or import",
        (("finding_deserialize_then_execute",),),
        _LOADED,
    ),
    Floor("stolen", "code that sends passwords, keys or recordings over the network", (_STEALS,), _LOADED),
    Floor(
        "pickle_calls", "a pickle that runs programs or code when it is loaded", (("pickle_execution", "pickle_code"),)
    ),
    Floor("pickle_fetches", "a pickle that uses the network when it is loaded", (("pickle_network",),)),
    Floor(
        "native_constructor",
        "native code that runs shell text when it is loaded",
        (("native_constructor",), ("native_shell_text",)),
    ),
    Floor(
        "decoded_at_load",
        "code that executes text that it decodes, where it runs at install or import",
        (("finding_decode_then_execute",),),
        _LOADED,
    ),
    Floor(
        "address_at_load",
        "code that talks to a bare address or an odd port as soon as it is installed or imported",
        (("raw_ip_url", "odd_port_url"), _NETWORK_AT_LOAD),
    ),
    Floor(
        "collector_at_load",
        "code that reports to a service that collects requests, as soon as it is installed or imported",
        (("callback_service", "tunnel_service"), _NETWORK_AT_LOAD),
    ),
    Floor(
        "chat_at_load",
        "code that writes to a chat as soon as it is installed or imported",
        (("telegram_bot", "discord_webhook"), _NETWORK_AT_LOAD),
    ),
    Floor(
        "user_sent_at_load",
        "code that asks who and where it is and uses the network, as soon as it is installed or imported",
        (("user_name", "host_name", "identity_command", "host_record"), _NETWORK_AT_LOAD),
        _LOADED,
    ),
    Floor(
        "persists_at_load",
        "code that makes itself start again, and acts as soon as it is installed or imported",
        (
            ("run_key", "startup_folder", "shell_startup_file", "authorized_keys"),
            (*_NETWORK_AT_LOAD, *_PROCESS_AT_LOAD),
        ),
        _LOADED,
    ),
    Floor(
        "probe_at_load",
        "code that uses the network as soon as it is installed or imported, in a package that calls itself research",
        (_NETWORK_AT_LOAD,),
        _LOADED,
        beside=("bounty_notice", "research_notice"),
    ),
)
"""Acts of an artifact."""

_USUAL_CHANGES = ("fetched_and_executed", "dropped_and_run", "rebuilt_and_executed")
"""Acts that releases of several honest projects begin with: environments, wrappers of programs, stores of objects."""

CHANGE_FLOORS: tuple[Floor, ...] = (
    *(replace(floor, most=Verdict.REVIEW) if floor.id in _USUAL_CHANGES else floor for floor in FLOORS),
    Floor(
        "fetched_anywhere",
        "new code that downloads or decodes something and executes it",
        (_EXECUTES_FETCHED,),
        most=Verdict.REVIEW,
    ),
    Floor("decoded_anywhere", "new code that executes text that it decodes", (("finding_decode_then_execute",),)),
    Floor("stolen_anywhere", "new code that sends passwords, keys or recordings over the network", (_STEALS,)),
    Floor(
        "dropped_anywhere", "new code that writes a program that it carries and runs it", (("finding_drop_then_run",),)
    ),
    Floor(
        "environment_sent",
        "new code that sends environment variables over the network, at install or import",
        (("finding_environment_to_network",),),
        _LOADED,
    ),
    Floor("hidden_data", "new data in letters that nobody sees", (("invisible_data",),)),
    Floor("hidden_orders", "new text that hides orders to coding agents", (("agent_text_hidden",),)),
    Floor(
        "agent_fetches",
        "new settings by which an agent or an editor fetches something or starts it",
        (("agent_command_fetches", "editor_command_fetches", "editor_task_opened"),),
    ),
    Floor("pipeline_leaks", "a new pipeline that gives secrets away", (("all_pipeline_secrets", "pipeline_leaks"),)),
    Floor(
        "keys_named",
        "new code that names where keys and passwords are kept, at install or import",
        (("docker_credentials", "kube_credentials", "netrc", "aws_credentials", "ssh_keys"),),
        _LOADED,
    ),
    Floor(
        "terminal_given",
        "new code that ties a shell to a connection, at install or import",
        (("netcat_shell", "reverse_shell_dup2", "pty_spawn", "dev_tcp"),),
        _LOADED,
    ),
    Floor(
        "native_acts",
        "new native code with commands that fetch or steal, or with the strings of an attack tool",
        (("native_shell_text", "native_tool"),),
    ),
    Floor("constructor_acts", "a new source in C that acts when its library is loaded", (("constructor_acts",),)),
    Floor(
        "loader_variable",
        "new code that sets a variable by which programs are told to run code",
        (("finding_environment_hook", "hook_variable"),),
    ),
    Floor(
        "numbers_executed",
        "new code that turns numbers into text and executes code or a program",
        (("int_to_text", "bytes_of_numbers", "chr_join", "number_list", "chr_comprehension"), _EXECUTES),
    ),
    Floor(
        "hidden_call",
        "new code that puts the name of what it calls together, or decodes it",
        (("finding_hidden_name", "opaque_getattr", "import_built_name"),),
    ),
    Floor("lambda_executes", "new code that executes text from within a lambda", (("lambda_exec",),)),
    Floor(
        "encoded_act",
        "new encoded text that holds code, addresses or where keys are kept",
        (("unpacked_execution", "unpacked_network", "unpacked_credential"),),
    ),
    Floor(
        "imported_and_executed",
        "new code that imports by a call and executes code or a program, at install or import",
        (("dunder_import_call",), _EXECUTES),
        _LOADED,
    ),
    Floor(
        "thread_connects",
        "new code that starts a thread and uses the network, at install or import",
        (("run_thread",), _CONNECTS),
        _LOADED,
    ),
    Floor(
        "bare_address",
        "new code that names a bare address, at install or import",
        (("raw_ip_url",),),
        _LOADED,
    ),
    Floor(
        "client_robbed",
        "new code that reads chat clients or wallets",
        (("discord_profile", "discord_token_pattern", "fixed_chat", "wallet_files", "wallet_extensions"),),
    ),
    Floor(
        "native_loaded",
        "new code that loads native code that it brings along as soon as it is imported",
        (("finding_import_time_native",),),
    ),
    Floor("miner_started", "new code that names a miner and executes", (("miner", "miner_arguments"), _EXECUTES)),
    Floor(
        "files_encrypted",
        "new code that encrypts the content of files",
        (("encrypts_files",), ("call_crypto", "call_file_delete")),
    ),
    Floor("built_host", "new code that looks up a host name that it builds from data", (("dns_built_name",),)),
    Floor(
        "token_to_stranger",
        "new code that sends the token of a service to a host that is not the service's",
        (("finding_token_to_stranger",),),
    ),
)
"""Acts of a changed member that the base does not show in it."""


def find_floor(floor: Floor, members: Members) -> Index:
    """Return the rows that have a member with the act of a floor, ascending."""
    found = np.ones(len(members), dtype=np.bool_)
    for wanted in floor.marks:
        found &= _has_mark(members, wanted)
    if floor.roles:
        found &= np.isin(members.role, [ROLES.index(role) for role in floor.roles])
    if floor.file_types:
        found &= np.isin(members.file_type, [FILE_TYPES.index(kind) for kind in floor.file_types])
    found &= ~_has_mark(members, _HARMLESS_PLACES, known=True)
    rows = np.unique(members.rows[found])
    if floor.beside:
        rows = np.intersect1d(rows, members.rows[_has_mark(members, floor.beside, known=True)])
    return rows


def measure_floors(
    floors: Sequence[Floor], members: Members | None, honest: Index, share: float = BUDGET_SHARE
) -> tuple[FloorResult, ...]:
    """Return the floors with their counts over honest rows, and the verdict that each count leaves room for.

    One floor may use a `share` of a verdict's false positives.
    """
    if members is None or not len(honest):
        return ()
    part = members.take_rows(honest)
    results = []
    for floor in floors:
        alarms = len(find_floor(floor, part))
        upper = clopper_pearson(alarms, len(honest))[1]
        verdict = _affordable(alarms, len(honest), share, floor.most)
        results.append(FloorResult(floor.id, floor.meaning, verdict, alarms, len(honest), round(upper, 8)))
    return tuple(results)


def raise_scores(
    floors: Sequence[Floor],
    results: Sequence[FloorResult],
    members: Members | None,
    scores: Floats,
    points: Sequence[OperatingPoint],
) -> tuple[Floats, dict[int, list[FloorResult]]]:
    """Return scores (n,) raised to the thresholds of the floors that their rows reach, and these floors by row.

    A floor whose verdict no score earns (a threshold over 1) names its act and raises nothing.
    """
    raised = scores.copy()
    acts: dict[int, list[FloorResult]] = {}
    if members is None:
        return raised, acts
    thresholds = {point.verdict: point.threshold for point in points}
    measured = {result.id: result for result in results if result.verdict is not Verdict.CLEAR}
    for floor in floors:
        if (result := measured.get(floor.id)) is None:
            continue
        rows = find_floor(floor, members)
        threshold = thresholds.get(result.verdict, 2.0)
        if threshold <= 1:
            raised[rows] = np.maximum(raised[rows], threshold)
        for row in rows.tolist():
            acts.setdefault(row, []).append(result)
    return raised, acts


def _affordable(alarms: int, rows: int, share: float, most: Verdict) -> Verdict:
    """Return the gravest verdict, at most `most`, of whose budget this many alarms use at most a share."""
    given = Verdict.CLEAR
    for verdict, rate in VERDICT_RATES:
        # The epsilon corrects for binary fractions. One alarm is allowed, which chance alone may bring.
        if rate * rows >= LEAST_EXPECTED and alarms <= max(1.0, share * rate * rows) + 1e-9:
            given = verdict
        if verdict is most:
            break
    return given


def _has_mark(members: Members, marks: Sequence[str], *, known: bool = False) -> Mask:
    """Return which members have any of some marks, shape (m,); `known` also asks those that stand beside the judged."""
    hashes = [mark_hash(mark) for mark in marks]
    found = members.marks[:, hashes].getnnz(axis=1) > 0
    if known and members.known_marks is not None:
        found |= members.known_marks[:, hashes].getnnz(axis=1) > 0
    return np.asarray(found)
