"""The code group: what the code of a release does, by when it runs."""

import re
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from features.code import tokens
from features.code.aggregate import NO_CODE, AnalysedFile, code_columns
from features.code.analyse_file import analyse_file
from features.code.columns import COLUMNS
from features.code.contract import FileAnalysis
from features.code.evidence import Candidate, of_places, of_spots, ranked
from features.code.parse.executing_names import PROCESS_STARTERS, SOURCE_RUNNERS
from features.code.reach.columns import File, boosts_of, values_of
from features.code.reach.graph import Node, follow, is_entry_file
from features.code.text_decoding import TEXT_SORTS, read_text
from features.contract import Column, Dtype, Evidence, FileType, GroupRow, Member, Release, Role, Scalar
from features.install.roles import is_auxiliary
from features.limits import SYNTAX_BYTES, SYNTAX_TOTAL_BYTES
from features.reference.known_code import KnownCode, known_code, known_digest, match_known_code
from features.runtime.cache import cached, composite_key, content_key, size_of_numbers
from features.runtime.deadline import PARSING, Deadline
from features.runtime.gc_control import collect_young
from features.text.decode import decode_source
from features.text.indicators import DIGEST, lines_of

FALLBACK = 8 * 1024
"""Bytes of uninteresting code of a role that are cut into tokens where nothing of the role is interesting."""
SHORT = 8 * 1024
"""A file up to this size is read for one interesting indicator; a longer one must say more."""
PLAIN = 4 * 1024
"""Bytes of import files without any indicator that are read whole of an artifact, the shortest files first."""
WHOLE_FILE_CLUSTER = 8
"""From this weight within few lines on, a file is read whole; of others what has to do with their indicators."""


class CodeSummary(NamedTuple):
    """What all code of a release says together: `values` are those that are not 0.

    `timely` says that the deadline did not break it off.
    """

    values: Mapping[str, Scalar]
    evidence: tuple[Evidence, ...]
    tokens: tuple[int, ...]
    limits: frozenset[str]
    timely: bool

    def weigh(self) -> int:
        """Return the bytes that a cache counts for this summary."""
        places = sum([400 + len(place.excerpt) for place in self.evidence])
        return 100 * len(self.values) + places + size_of_numbers(self.tokens) if self.timely else sys.maxsize


# Bound once: to look a member of an enumeration up takes eight times as long as a name, for every file.
_INSTALL, _IMPORT, _REST = Role.INSTALL, Role.IMPORT, Role.REST
_METADATA = FileType.METADATA
_SOURCE = frozenset((FileType.PYTHON, FileType.PTH))
_ROLE_SECTIONS = {role: role.value for role in Role}
_PROSE = re.compile(
    r"(?i)(?:\.(?:md|rst|txt|markdown|adoc|textile|tex|html?|po|pot|svg|css|csv|tsv|ipynb|bib|log|xml)"
    r"|(?:^|/)(?:readme|licen[cs]e|copying|authors|changelog|changes|news|history|notice|contributing|todo|install|credits)"
    r"[^/.]*)$"
)
_RUN_BY_SHELLS = re.compile(
    r"(?i)\.(?:sh|bash|zsh|bat|cmd|ps1|psm1|vbs|vbe|js|mjs|cjs|jse|hta|wsf|pl|rb|php|command|lua)$"
)
_ACTING = re.compile(
    rb"\b(?:(?:%b|system|popen|spawn[lv]p?e?)[ \t]*(?:[(;)\],]|as\b|$)|%b|urlopen|urlretrieve|marshal|ctypes|windll"
    rb"|b64decode|b85decode|a85decode|unhexlify|fromhex|decompress|subprocess|runpy|__import__|__builtins__)"
    # `compile` is left out: it is mostly re.compile.
    % ("|".join((*SOURCE_RUNNERS, "execfile")).encode(), "|".join(PROCESS_STARTERS).encode()),
    re.MULTILINE,
)
_MOST_LINES = 200
_WITHOUT_TREE = {"depth": "syntax_depth", "size": "syntax_bytes"}
"""Limits that kept a file from having a tree, by the reason that its analysis gives."""
_FLOATS = frozenset(column.name for column in COLUMNS if column.dtype is Dtype.FLOAT32)
_NOTHING: Mapping[str, Scalar] = {column.name: 0.0 if column.name in _FLOATS else 0 for column in COLUMNS}
_FACTORS = {"text": 0.6, "prose": 0.15}
_KNOWN_FACTOR = 0.3
"""Code that a popular project published is not where to look first; forged digests hide nothing all the same."""


class CodeGroup:
    """Counts of indicators, calls and findings per role, with the places that moved them and hashed tokens.

    `known` is the index of known code, the shipped one where none is given.
    """

    def __init__(self, known: KnownCode | None = None) -> None:
        self._known = known

    @property
    def name(self) -> str:
        """Return the prefix of the columns."""
        return "code"

    @property
    def version(self) -> str:
        """Return what changes with any value: our own number, the digests of the indicators and of known code."""
        return f"4-{DIGEST}-{known_digest(self._known)}"

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns, in the order of the schema."""
        return COLUMNS

    def extract(self, release: Release) -> GroupRow:
        """Return the row of one release; stops at its deadline and says so in `limits`."""
        limits: set[str] = set()
        deadline = Deadline(release.deadline)
        sources, not_examined = _scan_all(release, deadline, limits)
        known = {id(found.member) for found in match_known_code(release, self._index()) if found.known}
        for source in sources:
            source.known = id(source.member) in known
        told = _summarise(release, sources, deadline)
        return GroupRow(
            values={**_NOTHING, **told.values, "code_not_examined": not_examined},
            evidence=told.evidence,
            tokens=told.tokens,
            limits=tuple(sorted(limits | told.limits)),
        )

    def _index(self) -> KnownCode:
        return known_code() if self._known is None else self._known


def _key_of(release: Release, sources: Sequence[AnalysedFile]) -> bytes:
    """Return what stands for all that decides what the sources say together."""
    told = [
        (s.member.path, s.section, s.member.file_type.value, s.member.kept, _content_key(s), s.problems, s.known)
        for s in sources
    ]
    return composite_key((release.kind.value, release.root, told))


def _content_key(source: AnalysedFile) -> object:
    """Return what decides what a source says: its content, but of a wheel's own lists only what was found in them.

    Each of its wheels has its own RECORD.
    """
    member, scan = source.member, source.scan
    if member.file_type is not _METADATA or source.section != "prose" or is_entry_file(member.path):
        return member.key
    return scan.counts, scan.cluster_weight, tuple(map(tuple, scan.places))


@cached("code_summaries", key=lambda release, sources, _: _key_of(release, sources), size_of=CodeSummary.weigh)
def _summarise(release: Release, sources: Sequence[AnalysedFile], deadline: Deadline) -> CodeSummary:
    """Return what the code of a release says together."""
    limits: set[str] = set()
    not_read = _analyse_all(sources, deadline, limits)
    values = code_columns(sources)
    values.update(_follow(release, sources))
    values["code_not_read"] = not_read
    values["code_bad_encoding"] = sum(1 for source in sources if source.problems)
    values["code_utf16"] = sum(1 for source in sources if "utf16" in source.problems)
    return CodeSummary(
        {name: float(value) if name in _FLOATS else value for name, value in values.items() if value},
        _evidence(sources),
        _tokens(sources, deadline),
        frozenset(limits),
        time.process_time() <= release.deadline,
    )


def _scan_all(release: Release, deadline: Deadline, limits: set[str]) -> tuple[list[AnalysedFile], int]:
    """Return the text members after the indicator pass, and how many of them were not examined whole."""
    sources: list[AnalysedFile] = []
    missed = 0
    for member in release.members:
        if member.file_type not in TEXT_SORTS:
            continue
        if deadline.passed(len(member.data)):
            limits.add("seconds")
            missed += 1
            continue
        missed += not member.kept or bool(member.problem)
        read = read_text(member)
        python = member.content if read.python is None else read.python
        key = (member.key if read.python is None else content_key(python)) if python else b""
        source = AnalysedFile(member, _section_of(member), python, key, read.scan, read.problems)
        if "too_long" in source.problems:
            limits.add("encoding_bytes")
            missed += not member.problem and member.kept
        sources.append(source)
    return sources, missed


def _section_of(member: Member) -> str:
    if member.role is not _REST or member.file_type in _SOURCE:
        return _ROLE_SECTIONS[member.role]
    if member.file_type is _METADATA or (_PROSE.search(member.path) and not member.executable):
        return "prose"
    return "text"


def _analyse_all(sources: Sequence[AnalysedFile], deadline: Deadline, limits: set[str]) -> int:
    """Run the syntax pass over the files that deserve it; return how many of them it did not read whole."""
    left = SYNTAX_TOTAL_BYTES
    missed = 0
    wanted = sorted(_wanted(sources, deadline), key=lambda one: one[0].urgency)
    for source, lines in wanted:
        size = min(len(source.python), SYNTAX_BYTES)
        if deadline.passed(PARSING * size):
            limits.add("seconds")
            missed += 1
        elif size > left:
            limits.add("syntax_total_bytes")
            missed += 1
        else:
            left -= size
            if len(source.python) > size:
                limits.add("syntax_bytes")
                missed += 1
            source.analysis = _analyse(source, lines)
            if limit := _WITHOUT_TREE.get(source.analysis.reason):
                # Read word by word, which is less than it deserves.
                limits.add(limit)
            collect_young()
    return missed


@cached(
    "syntax_analyses",
    key=lambda source, lines: (source.key, source.member.role, lines),
    size_of=FileAnalysis.size_in_bytes,
)
def _analyse(source: AnalysedFile, lines: tuple[int, ...] | None) -> FileAnalysis:
    return analyse_file(source.python, source.member.role, lines)


def _wanted(sources: Sequence[AnalysedFile], deadline: Deadline) -> list[tuple[AnalysedFile, tuple[int, ...] | None]]:
    """Return the files that the syntax pass reads, each with the lines that are read for, None for the whole file."""
    wanted: list[tuple[AnalysedFile, tuple[int, ...] | None]] = []
    plain: list[AnalysedFile] = []
    for source in sources:
        if not source.python:
            continue
        scan, role = source.scan, source.member.role
        if role is _INSTALL:
            wanted.append((source, None))
        elif (scan.interesting or (role is _IMPORT and scan.counts)) and (scan.size <= SHORT or scan.deserving):
            wanted.append((source, None if scan.cluster_weight >= WHOLE_FILE_CLUSTER else scan.lines))
        elif role is _IMPORT:
            plain.append(source)
    left = PLAIN
    for source in sorted(plain, key=lambda source: (source.scan.size, source.member.path)):
        left -= source.scan.size
        if left >= 0 or deadline.passed(source.scan.size):
            wanted.append((source, None))
        elif lines := _acting_lines(source):
            wanted.append((source, tuple(sorted({*lines, *source.scan.lines}))))
    return wanted


@cached("acting_lines", key=lambda source: source.key, size_of=size_of_numbers)
def _acting_lines(source: AnalysedFile) -> tuple[int, ...]:
    """Return the lines of code with few or no indicators that may act all the same, by another name than the usual."""
    found = [match.start() for match in islice(_ACTING.finditer(source.python), _MOST_LINES)]
    return tuple(dict.fromkeys(lines_of(source.python, found)))


def _follow(release: Release, sources: Sequence[AnalysedFile]) -> dict[str, Scalar]:
    """Follow what runs across the files, note how much more each counts for it, and return the values."""
    reached = follow(release, [Node(s.member, s.python, s.analysis, s.key) for s in sources])
    for index, boost in boosts_of(reached).items():
        sources[index].boost = boost
    files = [
        File(s.scan, s.finding_ids, is_auxiliary(s.member.path), s.section not in NO_CODE, s.analysis is not None)
        for s in sources
    ]
    return values_of(reached, files)


def _evidence(sources: Sequence[AnalysedFile]) -> tuple[Evidence, ...]:
    candidates: list[Candidate] = []
    for source in sources:
        if not source.scan.places and source.analysis is None:
            continue
        path, role = source.member.path, source.member.role
        known = (_KNOWN_FACTOR if source.known else 1.0) * source.boost
        factor = 1.0 if _RUN_BY_SHELLS.search(path) else _FACTORS.get(source.section, 1.0)
        candidates += of_places(path, role, known * factor, source.scan.places)
        if source.analysis is not None:
            candidates += of_spots(path, role, known, len(source.scan.categories), source.analysis.locations)
    return ranked(candidates)


def _tokens(sources: Sequence[AnalysedFile], deadline: Deadline) -> tuple[int, ...]:
    by_role: dict[Role, set[int]] = {role: set() for role in Role}
    of_known: set[int] = set()  # of inner modules that another project published: what they leave room for
    plain: dict[Role, list[AnalysedFile]] = {role: [] for role in Role}
    for source in sources:
        role = source.member.role
        wanted = of_known if source.known and role is _REST else by_role[role]
        if source.analysis is not None:
            wanted.update(source.analysis.tokens)
        elif deadline.passed(0):
            continue
        elif source.section in NO_CODE:
            if source.section != "prose" and source.scan.interesting:
                wanted.update(_loose_tokens(source))
        elif role is _INSTALL:
            wanted.update(_loose_tokens(source))
        else:
            plain[role].append(source)
    for role, files in plain.items():
        if by_role[role]:
            continue
        left = FALLBACK
        for source in sorted(files, key=lambda source: (source.known, source.scan.size, source.member.path)):
            left -= source.scan.size
            if left < 0 or deadline.passed(source.scan.size):
                break
            (of_known if source.known and role is Role.REST else by_role[role]).update(_loose_tokens(source))
    rest = by_role[Role.REST]
    chosen = tokens.smallest(rest)
    rest.update(tokens.smallest(of_known - rest, tokens.CAP - len(chosen)))
    return tokens.code_tokens(by_role)


@cached("loose_tokens", key=lambda source: source.member.key, size_of=size_of_numbers)
def _loose_tokens(source: AnalysedFile) -> tuple[int, ...]:
    return tokens.source_tokens(decode_source(source.member.content).text)
