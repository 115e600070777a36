"""Collects the places of all surfaces of a release, as values and as evidence."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from features.contract import Evidence, FileType, Kind, Member, Release, Role, Scalar
from features.install.roles import is_auxiliary
from features.runtime.cache import cached
from features.runtime.deadline import Deadline
from features.surfaces.commands import find_commands_of_others
from features.surfaces.contract import SurfacePlace
from features.surfaces.javascript import JAVASCRIPT_WORDS, find_javascript_acts
from features.surfaces.kinds import SurfaceKind, surface_kind
from features.surfaces.native_source import CONSTRUCTOR_WORDS, MODULE_WORDS, find_load_acts
from features.surfaces.patterns import WORDS, find_acts
from features.surfaces.requirement_places import find_requirement_places
from features.surfaces.rules import WEIGHTS
from features.surfaces.tool_settings import find_other_indexes
from features.surfaces.words import find_words, word_patterns

SEARCHED_BYTES = 2**20
"""Bytes of a file that are searched ..."""
NATIVE_BYTES = 4 * 2**20
"""... or of native source and JavaScript, which is larger in honest projects."""
MOST_EVIDENCE = 16
"""Pieces of evidence of one release."""
SEARCH_COST = 8
"""Cost of searching one byte, in the unit of `Deadline`."""
BUILD_FACTOR = 1.5
"""Factor on what runs while an sdist is built."""
AUXILIARY = 0.5
"""Factor on tests, documentation, examples, and build scripts that only developers start."""

PROJECT_FACTOR = 0.5
"""Factor on an index that a project names for its own development."""

_LARGE = frozenset((SurfaceKind.NATIVE_SOURCE, SurfaceKind.JAVASCRIPT))
_SEARCHED = frozenset((FileType.TEXT, FileType.PYTHON, FileType.METADATA, FileType.BINARY))
_WORDS = {
    **WORDS,
    SurfaceKind.NATIVE_SOURCE: (*WORDS[SurfaceKind.NATIVE_SOURCE], *CONSTRUCTOR_WORDS, *MODULE_WORDS),
    SurfaceKind.JAVASCRIPT: JAVASCRIPT_WORDS,
}
"""Words that files of each kind are searched for first."""
_BUILT = frozenset((SurfaceKind.BUILD_SCRIPT, SurfaceKind.NATIVE_SOURCE))
_OTHER_NAMES = (".py", ".pyi", ".html", ".rst", ".csv", ".svg", ".css", ".png", ".po", ".ipynb")
"""Ends of frequent names that are of no kind."""
_FOR_DEVELOPERS = ("makefile", "justfile", "rakefile", "autogen.sh")
_PROJECT_FILES = frozenset(("pyproject.toml", "setup.cfg"))


def pattern_lists() -> Iterator[list[tuple[int, str, int]]]:
    """Yield the patterns of every database that surfaces are searched with."""
    yield from map(word_patterns, _WORDS.values())


class SurfaceResult(NamedTuple):
    """The values of a release by the noun of their column, its evidence and the limits that were reached."""

    values: Mapping[str, Scalar]
    evidence: tuple[Evidence, ...]
    limits: tuple[str, ...]


def examine_surfaces(release: Release) -> SurfaceResult:
    """Search the surfaces of a release; the work ends at its deadline, and `limits` then names "seconds"."""
    counts: Counter[str] = Counter()
    limits: set[str] = set()
    places: list[tuple[SurfacePlace, Role]] = []
    deadline = Deadline(release.deadline)
    for member, kind in _surfaces(release):
        counts[kind] += 1
        if deadline.passed(SEARCH_COST * len(member.data)):
            limits.add("seconds")
            counts["not_searched"] += 1
            continue
        bound = NATIVE_BYTES if kind in _LARGE else SEARCHED_BYTES
        counts["not_searched"] += len(member.data) > bound or not member.kept
        factor = _factor(member, kind, release)
        found = find_member_places(kind, member, bound)
        places += [(place._replace(member=member.path, factor=place.factor * factor), member.role) for place in found]
    for member in release.members:
        if member.data and member.path.removeprefix(release.root) in _PROJECT_FILES:
            indexes = find_other_indexes(member.path, member.data[:SEARCHED_BYTES])
            places += [(place._replace(factor=PROJECT_FACTOR), member.role) for place in indexes]
    places += [(place, Role.REST) for place in find_commands_of_others(release)]
    places += [(place, Role.INSTALL) for place in find_requirement_places(release)]
    for rule, files in _files_by_rule(places).items():
        counts[rule] = len(files)
    evidence = [_evidence(place, role) for place, role in places]
    evidence.sort(key=lambda one: (-one.weight, one.member, one.line, one.indicator))
    top = max((one.weight for one in evidence if not one.indicator.startswith("requirement_")), default=0.0)
    return SurfaceResult({**counts, "top_weight": int(top)}, tuple(evidence[:MOST_EVIDENCE]), tuple(sorted(limits)))


@cached(
    "surface_places",
    key=lambda kind, member, bound: (kind, member.key, bound),
    size_of=lambda places: sum([300 + len(place.excerpt) for place in places]),
)
def find_member_places(kind: SurfaceKind, member: Member, bound: int) -> tuple[SurfacePlace, ...]:
    """Return the places of one surface in its first `bound` bytes, without the path of the member."""
    data = member.data[:bound]
    words = find_words(data, _WORDS[kind])
    found = [*find_acts(kind, "", data, words)]
    if kind is SurfaceKind.NATIVE_SOURCE:
        found += find_load_acts("", data, words)
    elif kind is SurfaceKind.JAVASCRIPT:
        found += find_javascript_acts("", data, words)
    elif kind is SurfaceKind.TOOL_SETTINGS:
        found += find_other_indexes("", data)
    return tuple(found)


def _surfaces(release: Release) -> Iterator[tuple[Member, SurfaceKind]]:
    for member in release.members:
        if member.file_type in _SEARCHED and not member.path.endswith(_OTHER_NAMES):
            kind = surface_kind(member.path.removeprefix(release.root))
            if kind is not None:
                yield member, kind


def _factor(member: Member, kind: SurfaceKind, release: Release) -> float:
    factor = AUXILIARY if is_auxiliary(member.path) else 1.0
    if kind in _BUILT and release.kind is Kind.SDIST:
        factor *= AUXILIARY if member.path.lower().endswith(_FOR_DEVELOPERS) else BUILD_FACTOR
    return factor


def _files_by_rule(places: list[tuple[SurfacePlace, Role]]) -> Mapping[str, set[tuple[str, int]]]:
    found: dict[str, set[tuple[str, int]]] = {}
    for place, _ in places:
        found.setdefault(place.rule, set()).add((place.member, place.line))
    return found


def _evidence(place: SurfacePlace, role: Role) -> Evidence:
    return Evidence(
        place.member, place.line, place.rule, role, place.excerpt, round(WEIGHTS[place.rule] * place.factor, 3)
    )
