"""Gives the links of a tar the content that they lead to, as a file system and as tarfile follow them."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from features.archive.budget import Budget
from features.archive.byte_source import MAX_NAME_BYTES
from features.archive.file_type import file_type_of
from features.archive.member_paths import normalise_path
from features.archive.retention import RawMember, keep_as_code
from features.contract import FileType
from features.runtime.cache import content_key

DANGLING_LINK, ESCAPING_LINK, DEVICE = "dangling link", "link out of the archive", "device"
LINK_PROBLEMS = frozenset((DANGLING_LINK, ESCAPING_LINK, DEVICE))
"""Problems of members without content of their own, which leave no content unexamined."""
UNREAD_TARGET = "unread link target"
"""Problem of a link that makes code of data whose content was not held."""

_MAX_LINKS = 40
"""Links that systems follow in one path."""
_STEP_BYTES = 64
"""Cost of a step along a path, as the number of bytes that are inflated in the same time."""
_KEPT_CHARS = 2**23
"""Characters of the paths that are kept of where links lead to."""
_UNREAD_TYPES = frozenset((FileType.BINARY, FileType.ARCHIVE, FileType.EMPTY))


@dataclass(frozen=True, slots=True)
class _Link:
    """A link at its normalised `path`; `target` is relative to `folder`, and neither is normalised."""

    path: str
    folder: str
    target: str
    member: RawMember


class TarLinks:
    """The links of one tar; `by_path` are its members by their normalised path, and grows while the tar is read."""

    def __init__(self, by_path: Mapping[str, RawMember], budget: Budget) -> None:
        self._by_path = by_path
        self._budget = budget
        self._links: list[_Link] = []
        self._by_link_path: dict[str, _Link] = {}

    def add(self, member: RawMember, path: str, target: str, *, is_symlink: bool) -> None:
        """Add a link; a hard link to a member that was read gets its content at once.

        A later member may replace the target's name, but not the content of a hard link.
        """
        link = _Link(normalise_path(path), posixpath.dirname(path) if is_symlink else "", target, member)
        resolved = posixpath.normpath(posixpath.join(link.folder, target).replace("\\", "/"))
        if resolved.startswith(("/", "../")) or resolved == "..":
            self._budget.record_anomaly("symlink_escape")
            member.problem = ESCAPING_LINK
        member.link_target = resolved
        if not is_symlink and (source := self._by_path.get(resolved)) is not None:
            self._copy(source, member)
        self._links.append(link)
        if member.problem in LINK_PROBLEMS:
            self._by_link_path[link.path] = link

    def resolve(self) -> list[RawMember]:
        """Give each link the content of its target; return members for the content that another reader finds there.

        A file system follows the links in `a/../b`, tarfile and its filters take it for `b`. Raises `LimitExceeded`.
        """
        others: list[RawMember] = []
        known: dict[tuple[str, str], list[RawMember]] = {}
        walks = (
            _Walk(self._by_link_path, self._budget, lexical=False),
            _Walk(self._by_link_path, self._budget, lexical=True),
        )
        for link in self._links:
            self._budget.check_time()
            if link.member.problem != DANGLING_LINK:
                continue
            key = link.folder or f"/{link.path.partition('/')[0]}", link.target
            if key not in known:
                known[key] = list(self._targets(link, walks))
            for number, source in enumerate(known[key]):
                member = link.member
                if number:
                    self._budget.count_member()
                    member = RawMember(member.path, 0, FileType.EMPTY, hidden=member.hidden)
                    others.append(member)
                self._copy(source, member)
        return others

    def _copy(self, source: RawMember, target: RawMember) -> None:
        """Give a link the content of its target, which counts again: every pass over members reads it again."""
        self._budget.count_inflated(source.size)
        copy_content(source, target)

    def _targets(self, link: _Link, walks: "tuple[_Walk, _Walk]") -> Iterator[RawMember]:
        """Yield the members with content that a link leads to, one for each reading that differs.

        pip removes the top folder from members' names but not from a hard link's target, which then begins below it.
        """
        top = link.path.partition("/")[0]
        below_top = () if link.folder else (replace(link, folder=top),)
        seen: set[bytes] = set()
        for reading, walk in product((link, *below_top), walks):
            path = walk.target_of(reading)
            found = None if path is None else self._by_path.get(path)
            if found is not None and found.problem not in LINK_PROBLEMS and found is not link.member:
                key = found.digest or found.path.encode()
                if key not in seen:
                    seen.add(key)
                    yield found


class _TooDeep(Exception):  # noqa: N818 - it ends a walk and is no error
    """A path leads through more links than systems follow."""


_Place = tuple[str, int]
"""A path that is no link, and the number of links that lead to it."""
_NOWHERE: _Place = "", _MAX_LINKS + 1


class _Walk:
    """Follows the links of a tar; where each of them leads to is found once, as mazes of links lead through it often.

    With `lexical`, `..` removes the name before it, even if that is a link to another folder.
    """

    def __init__(self, links: Mapping[str, _Link], budget: Budget, *, lexical: bool) -> None:
        self._links = links
        self._budget = budget
        self._lexical = lexical
        self._places: dict[str, _Place] = {}
        """Targets of the links that were followed so far, by their path."""
        self._left = _KEPT_CHARS

    def target_of(self, link: _Link) -> str | None:
        """Return the path that a link leads to through other links; None if there is none in the archive."""
        try:
            path, count = self._follow("", self._parts_of(link), 0)
        except _TooDeep:
            return None
        return path if count <= _MAX_LINKS else None

    def _parts_of(self, link: _Link) -> list[str]:
        """Return the parts of a link's target, from the top of the archive, the last one first."""
        path = posixpath.join(link.folder, link.target)
        return _split(posixpath.normpath(path) if self._lexical else path)

    def _follow(self, here: str, pending: list[str], depth: int) -> _Place:
        """Return where the parts of a path lead to from a folder `here`; they are used up."""
        count = 0
        while pending:
            self._budget.check_time(_STEP_BYTES + len(here))
            part = pending.pop()
            if part == "..":
                if not here:
                    return _NOWHERE
                here = here.rpartition("/")[0]
                continue
            before, here = here, f"{here}/{part}" if here else part
            if len(here) > MAX_NAME_BYTES:
                return _NOWHERE
            link = self._links.get(here)
            if link is None:
                continue
            if link.target.startswith("/"):
                # Another member may stand at the same path.
                return _NOWHERE if pending else (here, count + 1)
            here, steps = self._place_of(link, here, before, depth)
            count += steps
            if count > _MAX_LINKS:
                return _NOWHERE
        return here, count

    def _place_of(self, link: _Link, path: str, folder: str, depth: int) -> _Place:
        """Return where a link at a path leads to, and the number of links until there, itself among them."""
        place = self._places.get(path)
        if place is None:
            if depth >= _MAX_LINKS:
                # Unlike those of the links before it, its own place is unknown.
                raise _TooDeep
            if self._lexical or not link.folder:
                folder, pending = "", self._parts_of(link)
            else:
                pending = _split(link.target)
            self._places[path] = _NOWHERE  # what leads to itself leads nowhere
            place = None
            try:
                end, count = self._follow(folder, pending, depth + 1)
                place = end, count + 1
            finally:
                if place is None or self._left < 0:
                    del self._places[path]
                else:
                    self._places[path] = place
                    self._left -= len(path) + len(end)
        return place


def _split(path: str) -> list[str]:
    """Return the parts of a path, the last one first."""
    return [part for part in reversed(path.replace("\\", "/").split("/")) if part not in {"", "."}]


def copy_content(source: RawMember, target: RawMember) -> None:
    """Give a member the content of another; its type follows from its own path."""
    target.size, target.file_type, target.data, target.head = source.size, source.file_type, source.data, source.head
    if source.data and not source.content_key:
        # Any number of links may lead to it, and each would compute the key again.
        source.content_key = content_key(source.data)
    target.digest, target.kept, target.problem = source.digest, source.kept, source.problem
    target.content_key, target.executable, target.spare = source.content_key, source.executable, source.spare
    if not source.head or source.problem in LINK_PROBLEMS:
        return
    file_type = file_type_of(target.path, source.head, source.size)
    if source.data:
        target.file_type = file_type
        if file_type not in _UNREAD_TYPES and source.file_type is FileType.BINARY and not source.whole:
            target.problem = target.problem or UNREAD_TARGET
    elif file_type not in _UNREAD_TYPES:
        content = source.whole
        target.spare = target.spare or content
        keep_as_code(target, file_type, UNREAD_TARGET)
