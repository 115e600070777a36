"""What runs across the files of a release, as columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from features.code.detect.rules import RULE_WEIGHTS, SYNTAX_RULES
from features.code.evaluate.api_behaviours import BEHAVIOURS
from features.code.reach.graph import WHENS, Reached
from features.contract import Column, Dtype, Scalar
from features.text.indicator_scan import TextScan

GRAVE = 6.0
"""Weight of distinct findings from which what a file runs counts as grave."""
TELLING = 4.0
"""Weight from which a finding has columns of its own; the others count in the sums."""
CAP = 10_000

_WORDS: dict[str, tuple[str, str]] = {
    "install": ("while it is installed", "that its installation reaches"),
    "import": ("as soon as it is imported", "that an import of it reaches"),
    "script": ("when one of its commands is given", "that its commands reach"),
    "use": ("when somebody uses it", "that its users reach"),
}
"""When that is, and which files are meant."""

_TIMED = ("install_time_", "import_time_")
_BOOST = {"install": 1.5, "import": 1.3, "script": 1.1, "use": 1.0}


@dataclass(frozen=True, slots=True)
class Meeting:
    """Behaviours that say more together, wherever each stands: of each set one must run."""

    id: str
    meaning: str
    needs: tuple[frozenset[str], ...]


_DECODE = frozenset(("decode", "decompress", "deserialize", "crypto"))
_RUN = frozenset(("execute_code", "execute_process"))
_NET = frozenset(("network_send", "network_receive", "socket"))
_LOOK = frozenset(("host_info", "environment"))
_SPY = frozenset(("clipboard", "screenshot", "keyboard"))

MEETINGS: tuple[Meeting, ...] = (
    Meeting("decode_execute", "decoding and execution", (_DECODE, _RUN)),
    Meeting("network_execute", "network use and execution", (_NET, _RUN)),
    Meeting("decode_network", "decoding and network use", (_DECODE, _NET)),
    Meeting("decode_network_execute", "decoding, network use and execution", (_DECODE, _NET, _RUN)),
    Meeting("secrets_network", "passwords, cookies or keys and network use", (frozenset(("secrets",)), _NET)),
    Meeting("host_network", "questions about machine or user and network use", (_LOOK, _NET)),
    Meeting("spying_network", "screen, keyboard or clipboard and network use", (_SPY, _NET)),
    Meeting(
        "fetch_write_run",
        "downloads, written files and started programs",
        (
            frozenset(("network_receive", "socket")),
            frozenset(("file_write", "permission")),
            frozenset(("execute_process",)),
        ),
    ),
    Meeting("registry_execute", "the Windows registry and execution", (frozenset(("registry",)), _RUN)),
    Meeting(
        "hidden_execute",
        "functions fetched by computed names, and execution",
        (frozenset(("dynamic_import", "dynamic_attribute")), _RUN, _DECODE),
    ),
)

_FINDINGS = tuple(f for f in SYNTAX_RULES if f.weight >= TELLING and not f.id.startswith(_TIMED))


def _of(when: str) -> Iterator[Column]:
    then, files = _WORDS[when]

    def column(name: str, meaning: str, dtype: Dtype = Dtype.INT32) -> Column:
        return Column(f"code_reached_{when}_{name}", dtype, meaning)

    yield column("files", f"the number of source files worth reading {files}")
    yield column("share", f"the share of source files worth reading {files}", Dtype.FLOAT32)
    yield column("depth", f"how many imports lead to the farthest file worth reading {files}")
    yield column("across", f"functions of other files that run {then}")
    yield column("programs", f"files of its own that it runs by their name {then}")
    yield column("distance", f"how many imports lead to something grave that runs {then}")
    yield column("grave_files", f"the number of inner files that do something grave {then}")
    yield column("weight", f"how much is suspicious in the inner files {files}")
    yield column("top_weight", f"how much that is suspicious comes together in one inner file {files}")
    yield column(
        "top_tight", f"how much that is suspicious comes together within a few lines of the inner files {files}"
    )
    yield column("categories", f"the number of kinds of suspicious behaviour in the inner files {files}")
    yield column("findings", f"the number of different suspicious acts that it does {then}")
    yield column("finding_weight", f"how grave the things are that it does {then}", Dtype.FLOAT32)
    yield column("inner_findings", f"the number of suspicious acts that its inner files do {then}")
    yield column("inner_weight", f"how grave the things are that its inner files do {then}", Dtype.FLOAT32)
    yield column("top_findings", f"how grave the things are that one inner file does {then}", Dtype.FLOAT32)
    yield column("behaviours", f"how many kinds of things it does {then}")
    yield column("spread", f"acts spread over several files that only come together {then}")
    # What users may call is most of a package: there the single calls say little.
    for behaviour in BEHAVIOURS if when != "use" else ():
        yield column(behaviour.id, f"code in one of its files that {behaviour.meaning}, {then}")
    for finding in _FINDINGS:
        yield column(f"finding_{finding.id}", f"code in one of its files that {finding.meaning}, {then}")
    for meeting in MEETINGS:
        yield column(f"meeting_{meeting.id}", f"{meeting.meaning}, together {then}")


def _unreached() -> Iterator[Column]:
    where = "in source files that nothing in it reaches"
    yield Column("code_unreached_files", Dtype.INT32, "suspicious source files that nothing in it reaches")
    yield Column("code_unreached_share", Dtype.FLOAT32, f"how much of what is suspicious stands {where}")
    yield Column("code_unreached_weight", Dtype.INT32, f"how much is suspicious {where}")
    yield Column(
        "code_unreached_top_weight", Dtype.INT32, f"how much that is suspicious comes together in one file {where}"
    )
    yield Column(
        "code_unreached_top_tight",
        Dtype.INT32,
        f"how much that is suspicious comes together within a few lines {where}",
    )
    yield Column("code_unreached_categories", Dtype.INT32, f"the number of kinds of suspicious behaviour {where}")
    yield Column("code_unreached_findings", Dtype.INT32, f"the number of different suspicious acts {where}")
    yield Column("code_unreached_finding_weight", Dtype.FLOAT32, f"how grave the acts are {where}")
    yield Column("code_reached_cut", Dtype.INT32, "imports and calls that were too many to be followed")


REACHED_COLUMNS: tuple[Column, ...] = (*(column for when in WHENS for column in _of(when)), *_unreached())

_NAMES = frozenset(column.name for column in REACHED_COLUMNS)


class File(NamedTuple):
    """One text: what the indicators found in it, and the findings of its syntax whether they run or not.

    `aside` says that it stands among tests, documentation or examples, `code` that it is source, `read` that it
    was read by its syntax.
    """

    scan: TextScan
    findings: frozenset[str] = frozenset()
    aside: bool = False
    code: bool = True
    read: bool = True


def values_of(reached: Mapping[str, Reached], files: Sequence[File]) -> dict[str, Scalar]:
    """Return the values of REACHED_COLUMNS that are not 0; positions in `files` are those of the graph's nodes."""
    values: dict[str, Scalar] = {}
    worth_reading = max(sum([file.read for file in files]), 1)
    for when, what in reached.items():
        if what.distance:
            _fill(f"code_reached_{when}_", what, files, worth_reading, values)
    met = {index for when, what in reached.items() if when != "use" for index in what.distance}
    left = [
        file
        for index, file in enumerate(files)
        if index not in met and file.code and not file.aside and file.scan.interesting
    ]
    values["code_reached_cut"] = sum(what.cut for what in reached.values())
    if left:
        findings = {finding for file in left for finding in file.findings}
        weight = sum(file.scan.weight for file in left)
        values["code_unreached_files"] = len(left)
        values["code_unreached_share"] = weight / max(sum(file.scan.weight for file in files if file.code), 1)
        values["code_unreached_weight"] = weight
        values["code_unreached_top_weight"] = max(file.scan.weight for file in left)
        values["code_unreached_top_tight"] = max(file.scan.cluster_weight for file in left)
        values["code_unreached_categories"] = len({c for file in left for c in file.scan.categories})
        values["code_unreached_findings"] = len(findings)
        values["code_unreached_finding_weight"] = sum(RULE_WEIGHTS[finding] for finding in findings)
    return values


def _fill(prefix: str, what: Reached, files: Sequence[File], worth_reading: int, values: dict[str, Scalar]) -> None:
    total = what.run()
    inner = [index for index, distance in what.distance.items() if distance > 0]
    heavy = {index: weight_of(what.does.get(index, {})) for index in inner}
    grave = [what.distance[index] for index in inner if heavy[index] >= GRAVE]
    scans = [files[index].scan for index in inner]
    found = _findings(total)
    deep = _findings(key for index in inner for key in what.does.get(index, ()))
    read = [distance for index, distance in what.distance.items() if files[index].read]
    values[prefix + "files"] = len(read)
    values[prefix + "share"] = len(read) / worth_reading
    values[prefix + "depth"] = max(read, default=0)
    values[prefix + "across"] = what.across
    values[prefix + "programs"] = what.programs
    values[prefix + "distance"] = min(grave, default=0)
    values[prefix + "grave_files"] = len(grave)
    values[prefix + "weight"] = sum(scan.weight for scan in scans)
    values[prefix + "top_weight"] = max((scan.weight for scan in scans), default=0)
    values[prefix + "top_tight"] = max((scan.cluster_weight for scan in scans), default=0)
    values[prefix + "categories"] = len({category for scan in scans for category in scan.categories})
    values[prefix + "findings"] = len(found)
    values[prefix + "finding_weight"] = sum(RULE_WEIGHTS[finding] for finding in found)
    values[prefix + "inner_findings"] = len(deep)
    values[prefix + "inner_weight"] = sum(RULE_WEIGHTS[finding] for finding in deep)
    values[prefix + "top_findings"] = max(heavy.values(), default=0.0)
    values[prefix + "behaviours"] = sum(1 for key in total if not key.startswith("finding_"))
    for key, count in total.items():
        if prefix + key in _NAMES:
            values[prefix + key] = min(count, CAP)
    spread = 0
    for meeting in MEETINGS:
        if _meets(meeting, total):
            values[f"{prefix}meeting_{meeting.id}"] = 1
            spread += not any(_meets(meeting, does) for does in what.does.values())
    values[prefix + "spread"] = spread


def _meets(meeting: Meeting, does: Mapping[str, int]) -> bool:
    return all(any(key in does for key in need) for need in meeting.needs)


def _findings(keys: Iterable[str]) -> set[str]:
    return {key[8:] for key in keys if key.startswith("finding_")}


def weight_of(does: Mapping[str, int]) -> float:
    """Return the weight of the distinct findings among what runs."""
    return sum(RULE_WEIGHTS[key[8:]] for key in does if key.startswith("finding_"))


def boosts_of(reached: Mapping[str, Reached]) -> dict[int, float]:
    """Return the factors on the weight of files' places, by position: of those that run by a chain of imports."""
    boosts: dict[int, float] = {}
    for when in WHENS:
        what = reached[when]
        for index, does in what.does.items():
            if index not in boosts and what.distance.get(index, 0) > 0 and weight_of(does) > 0:
                boosts[index] = _BOOST[when]
    return boosts
