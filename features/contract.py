"""Defines the types between the features room and its users: artifacts in, rows out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias, TypeVar, dataclass_transform

from features.runtime.cache import content_key

Scalar: TypeAlias = bool | int | float | None
"""One value of a feature column; None means that it could not be examined."""

Progress: TypeAlias = Callable[[int, int, str], None]
"""Called with (done, total, name of the step); a total of 0 is not known yet."""


Class = TypeVar("Class")


class FeaturesError(Exception):
    """Base of the errors of this room; `hint` tells the operator what to do next."""

    hint: str = ""


class Kind(StrEnum):
    """Kind of a distribution file, determined by its content."""

    SDIST = "sdist"
    WHEEL = "wheel"
    EGG = "egg"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """Result of examining an artifact: completely, in part or not at all."""

    OK = "ok"
    PARTIAL = "partial"
    """Parts of it were not examined; `reason` and the column `limits` name them."""
    UNREADABLE = "unreadable"
    """No part of it was examined; every feature is null and `reason` says why."""


class Role(StrEnum):
    """When the code of a member runs, determined by its place in the release."""

    INSTALL = "install"
    """At build or install time, or at every interpreter start: setup.py, build backends, .pth, .start."""
    IMPORT = "import"
    """When the package is imported: `__init__` and top-level modules."""
    REST = "rest"
    """When something calls it, or never."""


class FileType(StrEnum):
    """Type of a member, determined by its content and its name."""

    PYTHON = "python"
    PTH = "pth"
    """Files that Python reads at every start: `.pth`, and `.start` (PEP 829)."""
    TEXT = "text"
    METADATA = "metadata"
    NATIVE = "native"
    BYTECODE = "bytecode"
    ARCHIVE = "archive"
    BINARY = "binary"
    EMPTY = "empty"


class HostKind(StrEnum):
    """Form in which code or data spells out a host."""

    NAME = "name"
    IPV4 = "ipv4"
    IPV6 = "ipv6"
    ONION = "onion"


class Dtype(StrEnum):
    """Type of a feature column, by its Arrow name."""

    BOOL = "bool"
    INT32 = "int32"
    INT64 = "int64"
    FLOAT32 = "float"


@dataclass(frozen=True, slots=True)
class Artifact:
    """Identity of one distribution file, with facts that only the mirror knows.

    `path` is relative to the mirror's web folder ("packages/aa/bb/.../six-1.16.0.tar.gz") or the given
    folder, with forward slashes. `blake2b_256` is 64 hex digits if the path claims it, else "". `upload_time`,
    `listed` and `yanked` (the `context_` columns) never become features: a removed package has none of them.
    """

    path: str
    filename: str
    size: int
    project: str = ""
    version: str = ""
    kind: Kind = Kind.UNKNOWN
    blake2b_256: str = ""
    upload_time: datetime | None = None
    listed: bool | None = None
    yanked: bool | None = None


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def _frozen_when_type_checked(cls: type[Class]) -> type[Class]:
    """Return a dataclass that is frozen for the type checker only, which is three times as fast to create.

    A large artifact has tens of thousands of members (stage `open` of `boojum bench`).
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


@_frozen_when_type_checked
class Member:
    """One file inside an archive.

    `path` uses forward slashes; a member of a nested archive is "outer.zip!/inner/file.py". `data` is its
    content, cut to the limits, or b"" if it was not kept (`kept` is then false); `head` is always its first
    4,096 bytes. `digest` is the xxh3-128 of the whole content (16 bytes), b"" if it was not inflated.
    `problem` says in a word or two why it was not examined completely ("" if it was). `known_key` is its `key` if it
    was computed.
    """

    path: str
    size: int
    file_type: FileType
    role: Role
    data: bytes = b""
    head: bytes = b""
    digest: bytes = b""
    kept: bool = True
    executable: bool = False
    problem: str = ""
    known_key: bytes = field(default=b"", compare=False, repr=False)

    @property
    def content(self) -> bytes:
        """Return the bytes of its content that were kept."""
        return self.data if self.kept else self.head

    @property
    def key(self) -> bytes:
        """Return the `content_key` of `content`; unlike a `digest`, it cannot be forged."""
        if not self.known_key:
            # Remembered: a large content is hashed for it, and half a dozen caches ask.
            object.__setattr__(self, "known_key", content_key(self.content))
        return self.known_key


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Release:
    """One artifact opened in memory under limits, the input of every feature group.

    `root` is an sdist's single top folder with its slash ("six-1.16.0/"), else "". `anomalies` are ids of
    anomalies of the container itself ("duplicate_member", "hidden_member", "path_traversal",
    "trailing_data", ...) with their number, and `places` the path of each member with one of its own and the anomaly's
    id, up to a bound; `limits` are the names of the limits that were reached.
    `deadline` is a `time.process_time()` value after which a group stops and adds "seconds" to `limits`.
    """

    filename: str
    project: str
    version: str
    kind: Kind
    container: str
    size: int
    members: tuple[Member, ...]
    root: str = ""
    anomalies: Mapping[str, int] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    deadline: float = float("inf")
    places: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One location in the code that a person should inspect.

    `indicator` is an id of `features/indicators.toml`, or of a rule of the syntax pass or of a binary reader; `weight`
    orders the locations of one artifact, the greatest first; `excerpt` is raw and must be escaped before it is shown.
    `context` holds the lines around it, from `context_line` on (`features.evidence_context`), and is as raw.
    """

    member: str
    line: int
    indicator: str
    role: Role
    excerpt: str
    weight: float
    context: str = ""
    context_line: int = 0


class Mark(NamedTuple):
    """A sign that was seen some `times` in one member; `features.marks` lists what an `id` may be."""

    id: str
    times: int


class ListedMember(NamedTuple):
    """A member as the feature table keeps it.

    `digest` is the xxh3-128 of its content (16 bytes), or of the part of it that was read. `marks` are what was seen in
    it, the heaviest first, and `tokens` some of its hashed code tokens (as in `GroupRow`), those of calls with a
    behaviour first.
    """

    path: str
    digest: bytes
    role: Role
    file_type: FileType
    size: int
    marks: tuple[Mark, ...] = ()
    tokens: tuple[int, ...] = ()


class HostUse(NamedTuple):
    """A host that code or data spells out, without its port, some `times`, and the first place that does so.

    `host` is in lower case. `line` counts from 1; it is 1 in a binary member.
    """

    host: str
    kind: HostKind
    member: str
    line: int
    role: Role
    times: int


class Requirement(NamedTuple):
    """A requirement that a release declares.

    `name` is normalised; it is "" if it cannot be read, and `specifier` then holds the text. `extra` is the extra of
    the release that asks for it, "" for none. `marker` is the condition for it (PEP 508), with that extra.
    """

    name: str
    specifier: str = ""
    extra: str = ""
    marker: str = ""
    url: str = ""


class DeclaredEntryPoint(NamedTuple):
    """An entry point that a release declares, such as ("console_scripts", "pip", "pip._internal.cli.main:main")."""

    group: str
    name: str
    target: str


class DeclaredFields(NamedTuple):
    """Declared metadata that is compared between releases; a missing field is ""."""

    author: str = ""
    author_email: str = ""
    maintainer: str = ""
    maintainer_email: str = ""
    home_page: str = ""
    build_backend: str = ""
    metadata_version: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One feature column; `meaning` completes the sentence "It was ranked here because of ..."."""

    name: str
    dtype: Dtype
    meaning: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    """The result of one group for one release.

    `values` has exactly the group's columns. `tokens` are hashed code tokens: role (0 install, 1 import,
    2 rest) << 20 | 20-bit hash. `limits` are limits that this group reached. `marks` are the signs in single members,
    by path; for a group that gives none, its evidence stands in their place. `member_tokens` are tokens of single
    members. `place_keys` are (weight, `features.place_keys.place_key`) of all places, also of those that are no
    evidence; they too may be left out. `hosts` come with their rank
    (`features.host_list.HostRank`). `declared` is None for a group that does not read it.
    """

    values: Mapping[str, Scalar]
    evidence: tuple[Evidence, ...] = ()
    tokens: tuple[int, ...] = ()
    limits: tuple[str, ...] = ()
    marks: Mapping[str, Sequence[Mark]] = field(default_factory=dict)
    member_tokens: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    place_keys: Sequence[tuple[float, int]] = ()
    hosts: Sequence[tuple[int, HostUse]] = ()
    requires: tuple[Requirement, ...] = ()
    entry_points: tuple[DeclaredEntryPoint, ...] = ()
    declared: DeclaredFields | None = None


class FeatureGroup(Protocol):
    """A family of columns, named `<group>_<noun>`; pure and without state that changes."""

    @property
    def name(self) -> str:
        """Short name, the prefix of its columns."""

    @property
    def version(self) -> str:
        """Changes whenever a value of an unchanged artifact could change; part of the fingerprint."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns, in the order of the schema."""

    def extract(self, release: Release) -> GroupRow:
        """Return the row of one release; never raises, not even for a hostile release."""


@dataclass(frozen=True, slots=True)
class Row:
    """The row of one artifact in the feature table, without its identity.

    `values` is empty for an unreadable artifact. Every list is bounded (`features.extract`). `members` are those whose
    content was inflated, by path. `evidence` is in the order in which it is shown, the most important first;
    `place_keys` are those of all places, the heaviest first, by which a place is found again in another release.
    `requires` are distinct and sorted. `internal_error` marks a failure of boojum that left no features. It is not a
    column, and such a row is not stored as its artifact's.
    """

    status: Status
    reason: str
    kind: Kind
    sha256: str
    blake2b_256: str
    values: Mapping[str, Scalar] = field(default_factory=dict)
    tokens: tuple[int, ...] = ()
    members: tuple[ListedMember, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    place_keys: tuple[int, ...] = ()
    hosts: tuple[HostUse, ...] = ()
    limits: tuple[str, ...] = ()
    requires: tuple[Requirement, ...] = ()
    entry_points: tuple[DeclaredEntryPoint, ...] = ()
    declared: DeclaredFields = field(default_factory=DeclaredFields)
    internal_error: bool = False


def internal_error_reason(error: BaseException, where: str = "") -> str:
    """Return the reason of a row without features after an error of boojum's own, at most 500 characters."""
    return f"internal error{where and f' in {where}'}: {type(error).__name__}: {error}"[:500]
