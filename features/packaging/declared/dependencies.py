"""Measures the projects that a release depends on at run time and at build time."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as ParsedRequirement

from features.contract import Release, Requirement, Scalar
from features.packaging.bounded_text import bounded_text
from features.packaging.metadata import CoreMetadata, read_build_requirements
from features.packaging.names import normalise
from features.packaging.top_level import stdlib_names
from features.reference.popular_names import compare_name, is_slip_of_well_known, popular_names
from features.runtime.cache import cached_text, size_of_words
from features.text.word_metrics import is_random

_REQUIREMENTS = 500
"""Requirements of one release that are read."""
_REQUIREMENT_CHARS = 2_000
_COMPARED = 100
"""Names of dependencies that are compared with popular ones."""
_NAME_CHARS = 100
_PART_CHARS = 200
"""Characters of each part of a requirement that the feature table keeps."""
BUILD_BACKENDS = frozenset(("scikit-build-core", "uv-build", "pdm-pep517", "vcs-versioning"))
"""Projects that are only installed to build others, and so are missing in the list of popular dependencies."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DIRECT = re.compile(r"@\s*(?:\w+\+)?\w+://|^(?:\w+\+)?(?:https?|git|ssh|file)://|^(?:git|hg|svn|bzr)\+")
_URL = re.compile(r"(?:\w+\+)?\w+://\S+")
_EXTRA = re.compile(r"\bextra\s*===?\s*[\"']([^\"']{1,100})")
_PLAIN_CONDITION = re.compile(r"(\w+) ?([=!<>]=|[<>]) ?[\"']([^\"']*)[\"']")
_PINNED = re.compile(r"===?\s*[\w.]+")
_EXACT_VERSION = re.compile(r"== ?[\d.]+(?![\d.*])")
_SPECIFIER = r"(?:(?:==|!=|[<>]=?) ?\d+(?:\.\d+)*(?:(?<===\d)\.\*)?|~= ?\d+(?:\.\d+)+)"
_CONDITION = (
    r"(?:python_version|python_full_version|sys_platform|platform_system|platform_machine|os_name|extra"
    r"|platform_python_implementation|implementation_name) ?(?:[=!<>]=|[<>]) ?(?:'[\w.+-]*'|\"[\w.+-]*\")"
)
_SIMPLE = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?) ?(?:\[[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*\])? ?"
    rf"(?:({_SPECIFIER}(?: ?, ?{_SPECIFIER})*)|\(({_SPECIFIER}(?: ?, ?{_SPECIFIER})*)\))?"
    rf"(?: ?; ?{_CONDITION}(?: (?:and|or) {_CONDITION})*)?",
    re.ASCII,
)
"""A requirement in its usual form: a name, plain versions, a plain marker (PEP 508)."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """One declared dependency.

    `name` is normalised, "" if none can be read. `direct` marks one that is fetched from a URL, `pinned` one of
    exactly one version, `optional` one whose marker names an extra. `requirement` holds its parts as the feature table
    keeps them.
    """

    name: str
    direct: bool
    pinned: bool
    optional: bool
    requirement: Requirement

    def size_in_bytes(self) -> int:
        """Return its approximate size in memory, in bytes."""
        return 200 + size_of_words((self.name, *self.requirement))


def parse_dependencies(requirements: Sequence[str]) -> list[Dependency]:
    """Read the first requirements of a list (PEP 508), each as far as it can be read."""
    return [_parse(line[:_REQUIREMENT_CHARS]) for line in requirements[:_REQUIREMENTS]]


def declared_requirements(dependencies: Sequence[Dependency]) -> tuple[Requirement, ...]:
    """Return the distinct requirements of dependencies, sorted."""
    return tuple(sorted({dependency.requirement for dependency in dependencies}))


def dependency_values(declared: CoreMetadata, dependencies: Sequence[Dependency]) -> dict[str, Scalar]:
    """Return the figures of a release's declared dependencies; {} if setup.py computes them."""
    if not declared.requires_dist and "install_requires" in declared.dynamic:
        return {}
    project = normalise(declared.name)
    names = [dependency.name for dependency in dependencies if dependency.name]
    unknown = [name for name in dict.fromkeys(names) if name not in popular_names() and name != project]
    optional = any(dependency.optional for dependency in dependencies)
    compared = unknown[:_COMPARED]
    values: dict[str, Scalar] = {
        "requires": len(declared.requires_dist),
        "requires_direct": sum(dependency.direct for dependency in dependencies),
        # A project may bundle its extras by requiring itself with them.
        "requires_self": project in names and not optional,
        "requires_imitating": sum(bool(compare_name(name).target) for name in compared),
        "requires_slip": sum(map(is_slip_of_well_known, compared)),
        "requires_unknown": len(unknown),
        "requires_stdlib": sum(name.replace("-", "_") in stdlib_names() for name in unknown),
        "requires_unknown_pinned": sum(dependency.pinned for dependency in dependencies if dependency.name in unknown),
        "requires_imitated": not compare_name(project).resembled.isdisjoint(names),
        "requires_random": sum(any(map(is_random, name.split("-"))) for name in unknown),
    }
    if names:
        values["requires_unknown_share"] = len(unknown) / len(set(names))
        values["requires_pinned"] = sum(dependency.pinned for dependency in dependencies) / len(names)
    return values


def build_values(release: Release) -> dict[str, Scalar]:
    """Return the figures of the projects that are installed to build a release."""
    build = read_build_requirements(release)
    dependencies = parse_dependencies(build.requires)
    unknown = {dependency.name for dependency in dependencies} - {""} - BUILD_BACKENDS
    return {
        "dependency_links": len(build.dependency_links),
        "build_requires": len(dependencies),
        "build_requires_unknown": sum(name not in popular_names() for name in unknown),
    }


@cached_text("requirements", size_of=Dependency.size_in_bytes)
def _parse(line: str) -> Dependency:
    simple = _SIMPLE.fullmatch(line)
    optional = "extra" in line
    if simple is not None:
        specifier = simple[2] or simple[3] or ""
        pinned = _EXACT_VERSION.search(specifier) is not None
        marker = _PLAIN_CONDITION.sub(r'\1 \2 "\3"', line.partition(";")[2])
        requirement = _requirement(simple[1], specifier.split(","), marker)
        return Dependency(normalise(simple[1]), False, pinned, optional, requirement)
    try:
        parsed = ParsedRequirement(line)
    except (InvalidRequirement, RecursionError):
        # The parser calls itself for each bracket.
        return _parse_in_part(line, optional=optional)
    pinned = any(clause.operator in {"==", "==="} and "*" not in clause.version for clause in parsed.specifier)
    requirement = _requirement(parsed.name, map(str, parsed.specifier), str(parsed.marker or ""), parsed.url or "")
    return Dependency(normalise(parsed.name), parsed.url is not None, pinned, optional, requirement)


def _parse_in_part(line: str, *, optional: bool) -> Dependency:
    """Return what can be read of a requirement that is not valid."""
    match = _NAME.match(line)
    direct = _DIRECT.search(line) is not None
    url = _URL.search(line) if direct else None
    name = "" if match is None or line[match.end() :].startswith(("://", "+")) else normalise(match[0])
    text, _, marker = (line if match is None or not name else line[match.end() :]).partition(";")
    requirement = _requirement(name, (text,), marker, url[0] if url else "")
    return Dependency(name, direct, _PINNED.search(line) is not None, optional, requirement)


def _requirement(name: str, clauses: Iterable[str], marker: str, url: str = "") -> Requirement:
    """Return the parts of a requirement, each cut to what the feature table keeps."""
    normal = normalise(name)
    parts = sorted(clause.strip().replace(" ", "") for clause in clauses)
    if len(normal) > _NAME_CHARS:
        normal, parts = "", [name, *parts]
    extra = _EXTRA.search(marker)
    return Requirement(
        normal,
        bounded_text(",".join(filter(None, parts)), _PART_CHARS),
        bounded_text(normalise(extra[1]), _NAME_CHARS) if extra else "",
        bounded_text(marker, _PART_CHARS),
        bounded_text(url, _PART_CHARS),
    )
