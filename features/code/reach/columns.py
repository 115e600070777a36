"""Turns reachability into columns: the code that each trigger runs, and the code that none reaches."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from features.code.analysed_file import AnalysedFile
from features.code.detect.rules import RULE_WEIGHTS, SYNTAX_RULES
from features.code.evaluate.api_behaviours import BEHAVIOURS
from features.code.reach.graph import TRIGGERS, ReachableCode
from features.contract import Column, Dtype, Scalar
from features.install.roles import is_auxiliary

HIGH_SEVERITY = 6.0
"""Total weight of distinct findings from which the code that a file runs counts as of high severity."""
LEAST_RULE_WEIGHT = 4.0
"""Weight from which a syntax rule has columns of its own; others only count in the sums."""
COUNT_CAP = 10_000
"""Maximum count of calls or findings of one kind."""
EVIDENCE_FACTORS: Mapping[str, float] = {"install": 1.5, "import": 1.3, "script": 1.1, "use": 1.0}
"""Factors on the evidence in files that a trigger reaches by an import, the earliest trigger first."""

_I32, _F = Dtype.INT32, Dtype.FLOAT32
_BY: Mapping[str, str] = {
    "install": "by its installation",
    "import": "by its import",
    "script": "by its commands",
    "use": "by use of its API",
}
_TIMED = ("install_time_", "import_time_")
_FINDING = "finding_"


@dataclass(frozen=True, slots=True)
class BehaviourCombo:
    """A combination of behaviours that is more suspicious than each alone: one of each set in `needs` must run.

    `meaning` completes "It was ranked here because of ... combined in code reached by ...".
    """

    id: str
    meaning: str
    needs: tuple[frozenset[str], ...]


_DECODING = frozenset(("decode", "decompress", "deserialize", "crypto"))
_EXECUTION = frozenset(("execute_code", "execute_process"))
_NETWORK = frozenset(("network_send", "network_receive", "socket"))
_HOST = frozenset(("host_info", "environment"))
_CAPTURE = frozenset(("clipboard", "screenshot", "keyboard"))

BEHAVIOUR_COMBOS: tuple[BehaviourCombo, ...] = (
    BehaviourCombo("decode_execute", "decoding and execution", (_DECODING, _EXECUTION)),
    BehaviourCombo("network_execute", "network use and execution", (_NETWORK, _EXECUTION)),
    BehaviourCombo("decode_network", "decoding and network use", (_DECODING, _NETWORK)),
    BehaviourCombo("decode_network_execute", "decoding, network use and execution", (_DECODING, _NETWORK, _EXECUTION)),
    BehaviourCombo(
        "secrets_network", "access to passwords, cookies or keys and network use", (frozenset(("secrets",)), _NETWORK)
    ),
    BehaviourCombo("host_network", "host reconnaissance and network use", (_HOST, _NETWORK)),
    BehaviourCombo("spying_network", "capture of screen, keyboard or clipboard and network use", (_CAPTURE, _NETWORK)),
    BehaviourCombo(
        "fetch_write_run",
        "downloads, written files and started programs",
        (
            frozenset(("network_receive", "socket")),
            frozenset(("file_write", "permission")),
            frozenset(("execute_process",)),
        ),
    ),
    BehaviourCombo("registry_execute", "Windows registry access and execution", (frozenset(("registry",)), _EXECUTION)),
    BehaviourCombo(
        "hidden_execute",
        "functions fetched by computed names, decoding and execution",
        (frozenset(("dynamic_import", "dynamic_attribute")), _EXECUTION, _DECODING),
    ),
)
"""All combinations, in the order of the columns, whose names call them meetings."""

_RULES = tuple(rule for rule in SYNTAX_RULES if rule.weight >= LEAST_RULE_WEIGHT and not rule.id.startswith(_TIMED))


def _reached_columns(trigger: str) -> Iterator[Column]:
    by = _BY[trigger]

    def column(noun: str, meaning: str, dtype: Dtype = _I32) -> Column:
        return Column(f"code_reached_{trigger}_{noun}", dtype, meaning)

    yield column("files", f"the number of analysed source files reached {by}")
    yield column("share", f"the share of analysed source files reached {by}", _F)
    yield column("depth", f"the length of the longest import chain to an analysed file reached {by}")
    yield column("across", f"the number of functions of other files called in code reached {by}")
    yield column("programs", f"the number of its own files run as programs in code reached {by}")
    yield column("distance", f"the length of the import chain to the nearest high-severity code reached {by}")
    yield column("grave_files", f"the number of inner files with high-severity code reached {by}")
    yield column("weight", f"the total severity of the suspicious patterns in inner files reached {by}")
    yield column("top_weight", f"the highest severity of a single inner file reached {by}")
    yield column("top_tight", f"the highest severity within a few lines of inner files reached {by}")
    yield column("categories", f"the number of distinct kinds of suspicious behaviour in inner files reached {by}")
    yield column("findings", f"the number of distinct syntax rules that match in code reached {by}")
    yield column("finding_weight", f"the total severity of the syntax rules that match in code reached {by}", _F)
    yield column("inner_findings", f"the number of distinct syntax rules that match in inner files reached {by}")
    yield column("inner_weight", f"the total severity of the syntax rules that match in inner files reached {by}", _F)
    yield column(
        "top_findings", f"the highest severity of the syntax rules that match in a single inner file reached {by}", _F
    )
    yield column("behaviours", f"the number of distinct behaviours of code reached {by}")
    yield column("spread", f"behaviours in several files that are suspicious only together, in code reached {by}")
    # The API is most of a package, so single calls in it are weak evidence.
    for behaviour in BEHAVIOURS if trigger != "use" else ():
        yield column(behaviour.id, f"code reached {by} that {behaviour.meaning}")
    for rule in _RULES:
        yield column(f"finding_{rule.id}", f"code reached {by} that {rule.meaning}")
    for combo in BEHAVIOUR_COMBOS:
        yield column(f"meeting_{combo.id}", f"{combo.meaning} combined in code reached {by}")


def _unreached_columns() -> Iterator[Column]:
    where = "in source files that nothing reaches"
    yield Column("code_unreached_files", _I32, "the number of suspicious source files that nothing reaches")
    yield Column("code_unreached_share", _F, f"the share of the severity {where}")
    yield Column("code_unreached_weight", _I32, f"the total severity of the suspicious patterns {where}")
    yield Column("code_unreached_top_weight", _I32, "the highest severity of a single source file that nothing reaches")
    yield Column("code_unreached_top_tight", _I32, f"the highest severity within a few lines {where}")
    yield Column("code_unreached_categories", _I32, f"the number of distinct kinds of suspicious behaviour {where}")
    yield Column("code_unreached_findings", _I32, f"the number of distinct syntax rules that match {where}")
    yield Column("code_unreached_finding_weight", _F, f"the total severity of the syntax rules that match {where}")
    yield Column("code_reached_cut", _I32, "imports and calls too numerous to be followed")


REACH_COLUMNS: tuple[Column, ...] = (
    *(column for trigger in TRIGGERS for column in _reached_columns(trigger)),
    *_unreached_columns(),
)

_NAMES = frozenset(column.name for column in REACH_COLUMNS)


def reach_values(reachable: Mapping[str, ReachableCode], files: Sequence[AnalysedFile]) -> dict[str, Scalar]:
    """Return the values of REACH_COLUMNS that are not 0; indexes of files are positions in `files`."""
    values: dict[str, Scalar] = {}
    analysed = max(sum([file.analysis is not None for file in files]), 1)
    for trigger, code in reachable.items():
        if code.distances:
            _add_reached(f"code_reached_{trigger}_", code, files, analysed, values)
    values["code_reached_cut"] = sum(code.truncated for code in reachable.values())
    reached = {index for trigger, code in reachable.items() if trigger != "use" for index in code.distances}
    _add_unreached(reached, files, values)
    return values


def evidence_factors(reachable: Mapping[str, ReachableCode]) -> dict[int, float]:
    """Return a factor on the evidence of each file with findings that an import leads to, by the file's index."""
    factors: dict[int, float] = {}
    for trigger in TRIGGERS:
        code = reachable[trigger]
        for index, effects in code.effects.items():
            if index not in factors and code.distances.get(index, 0) > 0 and total_rule_weight(effects) > 0:
                factors[index] = EVIDENCE_FACTORS[trigger]
    return factors


def total_rule_weight(effects: Iterable[str]) -> float:
    """Return the total weight of the distinct findings among effects."""
    return sum(RULE_WEIGHTS[rule] for rule in _rule_ids(effects))


def _add_reached(
    prefix: str, code: ReachableCode, files: Sequence[AnalysedFile], analysed: int, values: dict[str, Scalar]
) -> None:
    total = code.total_effects()
    inner = [index for index, distance in code.distances.items() if distance > 0]
    rule_weights = {index: total_rule_weight(code.effects.get(index, ())) for index in inner}
    high = [code.distances[index] for index in inner if rule_weights[index] >= HIGH_SEVERITY]
    scans = [files[index].scan for index in inner]
    rules = _rule_ids(total)
    inner_rules = _rule_ids(effect for index in inner for effect in code.effects.get(index, ()))
    analysed_distances = [distance for index, distance in code.distances.items() if files[index].analysis is not None]
    values[prefix + "files"] = len(analysed_distances)
    values[prefix + "share"] = len(analysed_distances) / analysed
    values[prefix + "depth"] = max(analysed_distances, default=0)
    values[prefix + "across"] = code.cross_file_calls
    values[prefix + "programs"] = code.programs
    values[prefix + "distance"] = min(high, default=0)
    values[prefix + "grave_files"] = len(high)
    values[prefix + "weight"] = sum(scan.weight for scan in scans)
    values[prefix + "top_weight"] = max((scan.weight for scan in scans), default=0)
    values[prefix + "top_tight"] = max((scan.cluster_weight for scan in scans), default=0)
    values[prefix + "categories"] = len({category for scan in scans for category in scan.categories})
    values[prefix + "findings"] = len(rules)
    values[prefix + "finding_weight"] = sum(RULE_WEIGHTS[rule] for rule in rules)
    values[prefix + "inner_findings"] = len(inner_rules)
    values[prefix + "inner_weight"] = sum(RULE_WEIGHTS[rule] for rule in inner_rules)
    values[prefix + "top_findings"] = max(rule_weights.values(), default=0.0)
    values[prefix + "behaviours"] = sum(1 for effect in total if not effect.startswith(_FINDING))
    for effect, count in total.items():
        if prefix + effect in _NAMES:
            values[prefix + effect] = min(count, COUNT_CAP)
    spread = 0
    for combo in BEHAVIOUR_COMBOS:
        if _matches(combo, total):
            values[f"{prefix}meeting_{combo.id}"] = 1
            spread += not any(_matches(combo, effects) for effects in code.effects.values())
    values[prefix + "spread"] = spread


def _add_unreached(reached: set[int], files: Sequence[AnalysedFile], values: dict[str, Scalar]) -> None:
    """Add the columns over suspicious code that no trigger but use of the API reaches."""
    unreached = [
        file
        for index, file in enumerate(files)
        if index not in reached and file.is_code and file.scan.interesting and not is_auxiliary(file.member.path)
    ]
    if not unreached:
        return
    weight = sum(file.scan.weight for file in unreached)
    rules = {rule for file in unreached for rule in file.rule_ids}
    values["code_unreached_files"] = len(unreached)
    values["code_unreached_share"] = weight / max(sum(file.scan.weight for file in files if file.is_code), 1)
    values["code_unreached_weight"] = weight
    values["code_unreached_top_weight"] = max(file.scan.weight for file in unreached)
    values["code_unreached_top_tight"] = max(file.scan.cluster_weight for file in unreached)
    values["code_unreached_categories"] = len({category for file in unreached for category in file.scan.categories})
    values["code_unreached_findings"] = len(rules)
    values["code_unreached_finding_weight"] = sum(RULE_WEIGHTS[rule] for rule in rules)


def _matches(combo: BehaviourCombo, effects: Mapping[str, int]) -> bool:
    return all(any(behaviour in effects for behaviour in need) for need in combo.needs)


def _rule_ids(effects: Iterable[str]) -> set[str]:
    return {effect[len(_FINDING) :] for effect in effects if effect.startswith(_FINDING)}
