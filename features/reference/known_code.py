"""Code that popular projects published: an index of their source members' digests, and what it knows of a release.

The index is package data (`data/known_code.parquet`: one row for each digest and project, sorted). Copies are
found whatever their line ends: a member is known by the digest of its content with every CRLF as LF.

The digests are no proof of identity: xxh3 was not made to resist a forger, and the index is public. So what is known
is told in columns of its own and never taken out of the others: a payload forged to look known is counted there.
"""

import hashlib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from features.archive.file_type import is_script
from features.contract import FeaturesError, FileType, Member, Release
from features.packaging.names import normalise
from features.runtime.cache import cached_batch, size_of_words
from features.runtime.memo import memoize

KNOWN_FILE = Path(__file__).parents[1] / "data" / "known_code.parquet"

LEAST = 100
"""Bytes of a member, less the blanks at its ends, that say whose it is: shorter ones are alike by chance."""

MOST_OWNERS = 5
"""Code of more projects than these (vendored modules, templates, licence stubs) is known, but nobody's own."""


class Ownership(NamedTuple):
    """What an index and `is_attributable` say of a content: its owners, None where it is not known."""

    owners: tuple[str, ...] | None
    is_attributable: bool


_CODE, _TEXT = frozenset((FileType.PYTHON, FileType.PTH)), FileType.TEXT

Keys = npt.NDArray[np.uint64]

_SCHEMA = pa.schema([pa.field("digest", pa.uint64(), nullable=False), pa.field("project", pa.string())])


class KnownCodeError(FeaturesError):
    """An index of known code that cannot be read as one."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason
        self.hint = "build it anew, or leave it out"

    def __str__(self) -> str:
        return f"{self.path}: is no index of known code ({self.reason})"


class KnownCode:
    """Digests of source members and the projects that published them.

    `keys` (uint64, sorted, distinct) are the first 8 bytes of digests, big-endian. The owners of key i are
    `projects[j]` for j in `owners[first[i] : first[i + 1]]`; none for code of more than MOST_OWNERS projects.
    """

    def __init__(
        self, keys: Keys, first: npt.NDArray[np.int64], owners: npt.NDArray[np.int32], projects: Sequence[str]
    ) -> None:
        self.keys = keys
        self.first = first
        self.owners = owners
        self.projects = tuple(projects)
        said = hashlib.blake2b(digest_size=6)
        for part in (keys, first, owners):
            said.update(np.ascontiguousarray(part).tobytes())
        said.update("\n".join(projects).encode())
        self.digest = said.hexdigest()

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def empty(cls) -> "KnownCode":
        """Return an index that knows nothing."""
        return cls(np.empty(0, np.uint64), np.zeros(1, np.int64), np.empty(0, np.int32), ())

    @classmethod
    def of(cls, published: Mapping[str, Iterable[int]]) -> "KnownCode":
        """Return the index of what projects (by normalised name) published, as `key_of` gives it."""
        projects = sorted(published)
        arrays = [np.unique(np.fromiter(published[name], np.uint64)) for name in projects]
        owners = [np.full(len(array), at, np.int32) for at, array in enumerate(arrays)]
        nothing = np.empty(0, np.uint64)
        return _gather(
            np.concatenate([nothing, *arrays]), np.concatenate([np.empty(0, np.int32), *owners]), nothing, projects
        )

    def pairs(self) -> tuple[Keys, npt.NDArray[np.int32]]:
        """Return every key and owner as pairs, in the order of the keys; owner -1 where it is nobody's own."""
        counts = np.diff(self.first)
        keys = np.repeat(self.keys, np.maximum(counts, 1))
        owners = np.full(len(keys), -1, np.int32)
        owners[np.repeat(counts > 0, np.maximum(counts, 1))] = self.owners
        return keys, owners

    def lookup(self, keys: Sequence[int]) -> npt.NDArray[np.int64]:
        """Return the position of each key in `keys`, -1 for those that are not known."""
        asked = np.array(keys, np.uint64)
        if not len(self.keys):
            return np.full(len(asked), -1, np.int64)
        at = np.searchsorted(self.keys, asked)
        at[at == len(self.keys)] = 0
        return np.where(self.keys[at] == asked, at, -1)

    def owners_at(self, position: int) -> tuple[int, ...]:
        """Return the projects (as places in `projects`) that own a key, by its position; () for nobody's own."""
        return tuple(self.owners[self.first[position] : self.first[position + 1]].tolist())

    def names_at(self, position: int) -> tuple[str, ...] | None:
        """Return the projects that own a key by name, None for a position of no key."""
        return None if position < 0 else tuple([self.projects[owner] for owner in self.owners_at(position)])


def _gather(keys: Keys, owners: npt.NDArray[np.int32], shared: Keys, projects: Sequence[str]) -> KnownCode:
    """Return the index of pairs in any order, a pair once or often; keys in `shared` are nobody's own."""
    order = np.lexsort((owners, keys))
    keys, owners = keys[order], owners[order]
    fresh = np.ones(len(keys), bool)
    fresh[1:] = (keys[1:] != keys[:-1]) | (owners[1:] != owners[:-1])
    keys, owners = keys[fresh], owners[fresh]
    distinct, counts = np.unique(keys, return_counts=True)
    everybody = np.union1d(distinct[counts > MOST_OWNERS], shared)
    own = ~np.isin(keys, everybody)
    keys, owners = keys[own], owners[own]
    known = np.union1d(keys, everybody)
    first = np.append(np.searchsorted(keys, known), len(keys)).astype(np.int64)
    return KnownCode(known, first, owners, projects)


def merge(one: KnownCode, other: KnownCode) -> KnownCode:
    """Return what either index knows: the shipped one, and an operator's own."""
    projects = sorted({*one.projects, *other.projects})
    places = {name: at for at, name in enumerate(projects)}
    keys: list[Keys] = []
    owners: list[npt.NDArray[np.int32]] = []
    shared: list[Keys] = []
    for index in (one, other):
        found, whose = index.pairs()
        moved = np.array([places[name] for name in index.projects], np.int32)
        keys.append(found[whose >= 0])
        owners.append(moved[whose[whose >= 0]])
        shared.append(found[whose < 0])
    return _gather(np.concatenate(keys), np.concatenate(owners), np.concatenate(shared), projects)


def write_known(path: Path, known: KnownCode) -> None:
    """Write an index: columns `digest` (uint64) and `project` (null where it is nobody's own), sorted by both."""
    keys, owners = known.pairs()
    names = pa.DictionaryArray.from_arrays(pa.array(owners, mask=owners < 0), pa.array(known.projects, pa.string()))
    table = pa.table([pa.array(keys), names.cast(pa.string())], schema=_SCHEMA)
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=19,
        use_dictionary=["project"],
        column_encoding={"digest": "DELTA_BINARY_PACKED"},
        write_statistics=False,
        store_schema=False,
    )


def read_known(path: Path) -> KnownCode:
    """Read an index; raises KnownCodeError where the file is none or cannot be read."""
    try:
        with pq.ParquetFile(path) as file:
            table = file.read(columns=["digest", "project"])
    except (OSError, pa.ArrowException) as error:
        raise KnownCodeError(path, str(error)) from error
    if table.schema.field("digest").type != pa.uint64() or table["digest"].null_count:
        raise KnownCodeError(path, "its digests are not 64-bit numbers")
    names = table["project"].combine_chunks().dictionary_encode()
    order = np.argsort(np.array(names.dictionary.to_pylist(), dtype=object))
    # One place more, where -1 of an absent name finds itself.
    moved = np.full(len(order) + 1, -1, np.int32)
    moved[order] = np.arange(len(order), dtype=np.int32)
    owners = moved[names.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    keys = table["digest"].to_numpy()
    projects = sorted(names.dictionary.to_pylist())
    return _laid(keys, owners, projects) or _gather(keys[owners >= 0], owners[owners >= 0], keys[owners < 0], projects)


def _laid(keys: Keys, owners: npt.NDArray[np.int32], projects: Sequence[str]) -> KnownCode | None:
    """Return the index of pairs as `KnownCode.pairs` gives them, None where they are not in that order.

    To sort again what lies sorted would be most of a process's start.
    """
    again = keys[1:] == keys[:-1]
    rising = (keys[1:] > keys[:-1]) | (again & (owners[1:] > owners[:-1]) & (owners[:-1] >= 0))
    bounds = np.flatnonzero(np.concatenate([[True], ~again, [True]])) if len(keys) else np.zeros(1, np.int64)
    if not rising.all() or np.diff(bounds).max(initial=0) > MOST_OWNERS:
        return None
    own = owners >= 0
    first = np.concatenate([[0], np.cumsum(own)])[bounds].astype(np.int64)
    return KnownCode(keys[bounds[:-1]], first, owners[own], projects)


@cache
def known_code() -> KnownCode:
    """Return the shipped index, read once in a process."""
    return read_known(KNOWN_FILE)


def known_digest(known: KnownCode | None) -> str:
    """Return what stands for an index in a group's version; for the shipped one, where none is given, its file's.

    A process that opens no artifact has no use for the index, and it takes twenty times as long to read as its bytes.
    """
    return _file_digest(KNOWN_FILE) if known is None else known.digest


@cache
def _file_digest(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=6).hexdigest()


def is_source(member: Member) -> bool:
    """Return whether a member is source whose content was seen whole: Python, `.pth` lines or a script."""
    if not member.digest:
        return False
    file_type = member.file_type
    return file_type in _CODE or (file_type is _TEXT and is_script(member.path, member.head))


@memoize
def source_members(release: Release) -> Sequence[Member]:
    """Return the members of a release that are source, in its order."""
    return [member for member in release.members if is_source(member)]


def key_of(member: Member) -> int:
    """Return what a source member is known by; the start of its digest, but for its line ends."""
    digest = member.digest
    # One byte is found many times as fast as two.
    if member.kept and b"\r" in member.data and b"\r\n" in member.data:
        digest = xxhash.xxh3_128_digest(member.data.replace(b"\r\n", b"\n"))
    return int.from_bytes(digest[:8], "big")


def is_attributable(member: Member) -> bool:
    """Return whether a source member is long enough to say whose it is."""
    if member.size < LEAST or not member.kept:
        return member.size >= LEAST
    # The beginning says it of nearly all, and need not be copied whole.
    return len(member.data[: 3 * LEAST].strip()) >= LEAST or len(member.data.strip()) >= LEAST


class Known(NamedTuple):
    """One source member: `owners` are other projects that published it, by name; none where it is everybody's.

    `known` is false for what no other project published. `is_attributable` says whether it is long enough to tell.
    """

    member: Member
    known: bool
    owners: tuple[str, ...]
    is_attributable: bool


def _ownership_key(asked: tuple[KnownCode, Member]) -> Hashable:
    known, member = asked
    return known.digest, member.key, member.digest, member.size, member.kept


@cached_batch("code_owners", key=_ownership_key, size_of=lambda found: 160 + size_of_words(found.owners or ()))
def _ownerships(asked: Sequence[tuple[KnownCode, Member]]) -> list[Ownership]:
    """Return what the index given with each member, which is the same for all, knows of it."""
    known = asked[0][0]
    members = [member for _, member in asked]
    positions = known.lookup(list(map(key_of, members))).tolist()
    return [
        Ownership(known.names_at(at), is_attributable(member)) for member, at in zip(members, positions, strict=True)
    ]


@memoize
def match_known_code(release: Release, known: KnownCode) -> tuple[Known, ...]:
    """Return the source members of a release with what other projects published of them.

    What the release's own project published, alone or with others, is not known: a release looks as it would if
    its project were not popular. Names are one project's if they are equal as the index compares them (PEP 503)
    and not otherwise: `typingextensions` or `requests-binary` may be anybody's.
    """
    members = source_members(release)
    own = normalise(release.project)
    ownerships = _ownerships([(known, member) for member in members])
    return tuple(
        [
            Known(member, False, (), enough) if owners is None or own in owners else Known(member, True, owners, enough)
            for member, (owners, enough) in zip(members, ownerships, strict=True)
        ]
    )
