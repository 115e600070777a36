"""Matches the source of a release with an index of code that popular projects published.

The index is package data (`data/known_code.parquet`: one row for each digest and project, sorted). A member's digest is
that of its content with every CRLF as LF, so that copies with other line ends are found.

The digests are no proof: XXH3 does not resist a forger, and the index is public. So known code has columns of its own
and is never left out of the others: a payload that is forged to look known still counts in them.
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

MIN_BYTES = 100
"""Bytes, without white space at the ends, of the shortest member with an owner; shorter ones match by chance."""

MOST_OWNERS = 5
"""Projects that may own a file together; a file of more (vendored modules, templates) is known without an owner."""


class Ownership(NamedTuple):
    """The owners of a content in an index (None for unknown content), and whether it `is_attributable`."""

    owners: tuple[str, ...] | None
    is_attributable: bool


_CODE, _TEXT = frozenset((FileType.PYTHON, FileType.PTH)), FileType.TEXT

Keys = npt.NDArray[np.uint64]

_SCHEMA = pa.schema([pa.field("digest", pa.uint64(), nullable=False), pa.field("project", pa.string())])


class KnownCodeError(FeaturesError):
    """A file is not an index of known code, or cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason
        self.hint = "rebuild it, or leave it out"

    def __str__(self) -> str:
        return f"{self.path}: is no index of known code ({self.reason})"


class KnownCode:
    """Digests of source members and the projects that published them.

    `keys` (uint64, sorted, distinct) are the first 8 bytes of digests, big-endian. The owners of key i are
    `projects[j]` for j in `owners[first[i] : first[i + 1]]`; code of more than MOST_OWNERS projects has none.
    """

    def __init__(
        self, keys: Keys, first: npt.NDArray[np.int64], owners: npt.NDArray[np.int32], projects: Sequence[str]
    ) -> None:
        self.keys = keys
        self.first = first
        self.owners = owners
        self.projects = tuple(projects)
        digest = hashlib.blake2b(digest_size=6)
        for part in (keys, first, owners):
            digest.update(np.ascontiguousarray(part).tobytes())
        digest.update("\n".join(projects).encode())
        self.digest = digest.hexdigest()

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def empty(cls) -> "KnownCode":
        """Return an index of no code."""
        return cls(np.empty(0, np.uint64), np.zeros(1, np.int64), np.empty(0, np.int32), ())

    @classmethod
    def of(cls, published: Mapping[str, Iterable[int]]) -> "KnownCode":
        """Return the index of the keys (`index_key`) that each project, by normalised name, published."""
        projects = sorted(published)
        arrays = [np.unique(np.fromiter(published[name], np.uint64)) for name in projects]
        owners = [np.full(len(array), at, np.int32) for at, array in enumerate(arrays)]
        nothing = np.empty(0, np.uint64)
        return _build_index(
            np.concatenate([nothing, *arrays]), np.concatenate([np.empty(0, np.int32), *owners]), nothing, projects
        )

    def pairs(self) -> tuple[Keys, npt.NDArray[np.int32]]:
        """Return every pair of key and owner, in the order of the keys; the owner is -1 for a key without one."""
        counts = np.diff(self.first)
        keys = np.repeat(self.keys, np.maximum(counts, 1))
        owners = np.full(len(keys), -1, np.int32)
        owners[np.repeat(counts > 0, np.maximum(counts, 1))] = self.owners
        return keys, owners

    def lookup(self, keys: Sequence[int]) -> npt.NDArray[np.int64]:
        """Return the position of each key in `keys`, -1 for unknown ones."""
        wanted = np.array(keys, np.uint64)
        if not len(self.keys):
            return np.full(len(wanted), -1, np.int64)
        at = np.searchsorted(self.keys, wanted)
        at[at == len(self.keys)] = 0
        return np.where(self.keys[at] == wanted, at, -1)

    def owners_at(self, position: int) -> tuple[int, ...]:
        """Return the owners, as positions in `projects`, of the key at a position; () for a key without one."""
        return tuple(self.owners[self.first[position] : self.first[position + 1]].tolist())

    def owner_names(self, position: int) -> tuple[str, ...] | None:
        """Return the names of the owners of the key at a position, None for position -1."""
        return None if position < 0 else tuple([self.projects[owner] for owner in self.owners_at(position)])


def _build_index(keys: Keys, owners: npt.NDArray[np.int32], shared: Keys, projects: Sequence[str]) -> KnownCode:
    """Return the index of pairs in any order, with repetitions; the keys in `shared` have no owner."""
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


def merge(left: KnownCode, right: KnownCode) -> KnownCode:
    """Return the index of the code of two indexes: the shipped one and an operator's own."""
    projects = sorted({*left.projects, *right.projects})
    places = {name: at for at, name in enumerate(projects)}
    keys: list[Keys] = []
    owners: list[npt.NDArray[np.int32]] = []
    shared: list[Keys] = []
    for index in (left, right):
        index_keys, index_owners = index.pairs()
        moved = np.array([places[name] for name in index.projects], np.int32)
        keys.append(index_keys[index_owners >= 0])
        owners.append(moved[index_owners[index_owners >= 0]])
        shared.append(index_keys[index_owners < 0])
    return _build_index(np.concatenate(keys), np.concatenate(owners), np.concatenate(shared), projects)


def write_known(path: Path, known: KnownCode) -> None:
    """Write an index: columns `digest` (uint64) and `project` (null for no owner), sorted by both."""
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
    """Read an index; raises KnownCodeError."""
    try:
        with pq.ParquetFile(path) as file:
            table = file.read(columns=["digest", "project"])
    except (OSError, pa.ArrowException) as error:
        raise KnownCodeError(path, str(error)) from error
    if table.schema.field("digest").type != pa.uint64() or table["digest"].null_count:
        raise KnownCodeError(path, "its digests are not 64-bit numbers")
    names = table["project"].combine_chunks().dictionary_encode()
    order = np.argsort(np.array(names.dictionary.to_pylist(), dtype=object))
    # One more element, so that index -1 of an absent name gives -1.
    moved = np.full(len(order) + 1, -1, np.int32)
    moved[order] = np.arange(len(order), dtype=np.int32)
    owners = moved[names.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    keys = table["digest"].to_numpy()
    projects = sorted(names.dictionary.to_pylist())
    return _from_sorted(keys, owners, projects) or _build_index(
        keys[owners >= 0], owners[owners >= 0], keys[owners < 0], projects
    )


def _from_sorted(keys: Keys, owners: npt.NDArray[np.int32], projects: Sequence[str]) -> KnownCode | None:
    """Return the index of pairs in the order of `KnownCode.pairs`, None if they are in another order.

    Sorting them again would take most of the start of a process (stage `start` of `boojum bench`).
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
    """Return the digest of an index for a group's version; without one, that of the shipped file.

    The file is hashed without being parsed, because a process that opens no artifact needs no index.
    """
    return _file_digest(KNOWN_FILE) if known is None else known.digest


@cache
def _file_digest(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=6).hexdigest()


def is_source(member: Member) -> bool:
    """Return whether a member is source (Python, `.pth` lines or a script) and was read completely."""
    if not member.digest:
        return False
    file_type = member.file_type
    return file_type in _CODE or (file_type is _TEXT and is_script(member.path, member.head))


@memoize
def source_members(release: Release) -> Sequence[Member]:
    """Return the members of a release that are source, in the order of the release."""
    return [member for member in release.members if is_source(member)]


def index_key(member: Member) -> int:
    """Return the key of a source member: the start of the digest of its content with every CRLF as LF."""
    digest = member.digest
    # A search for one byte rules out most members, without the slower one for two.
    if member.kept and b"\r" in member.data and b"\r\n" in member.data:
        digest = xxhash.xxh3_128_digest(member.data.replace(b"\r\n", b"\n"))
    return int.from_bytes(digest[:8], "big")


def is_attributable(member: Member) -> bool:
    """Return whether a source member is long enough to have an owner."""
    if member.size < MIN_BYTES or not member.kept:
        return member.size >= MIN_BYTES
    # The beginning decides for nearly all members, and avoids a copy of the whole.
    return len(member.data[: 3 * MIN_BYTES].strip()) >= MIN_BYTES or len(member.data.strip()) >= MIN_BYTES


class KnownMember(NamedTuple):
    """One source member; `known` says whether another project published it.

    `owners` are the names of these projects, none if there are more than MOST_OWNERS.
    """

    member: Member
    known: bool
    owners: tuple[str, ...]
    is_attributable: bool


def _ownership_key(pair: tuple[KnownCode, Member]) -> Hashable:
    known, member = pair
    return known.digest, member.key, member.digest, member.size, member.kept


@cached_batch("code_owners", key=_ownership_key, size_of=lambda found: 160 + size_of_words(found.owners or ()))
def _ownerships(pairs: Sequence[tuple[KnownCode, Member]]) -> list[Ownership]:
    """Return the ownership of each member; the index in each pair must be the same."""
    known = pairs[0][0]
    members = [member for _, member in pairs]
    positions = known.lookup(list(map(index_key, members))).tolist()
    return [
        Ownership(known.owner_names(at), is_attributable(member)) for member, at in zip(members, positions, strict=True)
    ]


@memoize
def match_known_code(release: Release, known: KnownCode) -> tuple[KnownMember, ...]:
    """Return the source members of a release, each with the other projects that published it.

    Code that the release's own project published, alone or with others, is not known: a release has the features that
    it would have if its project were not popular. Two names are one project only if they are equal by PEP 503:
    `typingextensions` and `requests-binary` may belong to others.
    """
    members = source_members(release)
    own = normalise(release.project)
    ownerships = _ownerships([(known, member) for member in members])
    return tuple(
        [
            KnownMember(member, False, (), enough)
            if owners is None or own in owners
            else KnownMember(member, True, owners, enough)
            for member, (owners, enough) in zip(members, ownerships, strict=True)
        ]
    )
