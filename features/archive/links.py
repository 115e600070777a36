"""Gives the links of a tar the content that they lead to, as a file system and as tarfile follow them."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from features.archive.budget import Budget
from features.archive.file_type import file_type_of
from features.archive.member_paths import normalise_path
from features.archive.retention import RawMember, keep_as_code
from features.contract import FileType

DANGLING_LINK, ESCAPING_LINK, DEVICE = "dangling link", "link out of the archive", "device"
LINK_PROBLEMS = frozenset((DANGLING_LINK, ESCAPING_LINK, DEVICE))
"""Problems of members without content of their own, which leave no content unexamined."""
UNREAD_TARGET = "unread link target"
"""Problem of a link that makes code of data whose content was not held."""

_MAX_LINKS = 40
"""Links that systems follow in one path."""
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
            copy_content(source, member)
        self._links.append(link)
        if member.problem in LINK_PROBLEMS:
            self._by_link_path[link.path] = link

    def resolve(self) -> list[RawMember]:
        """Give each link the content of its target; return members for the content that another reader finds there.

        A file system follows the links in `a/../b`, tarfile and its filters take it for `b`. Raises `LimitExceeded`.
        """
        others: list[RawMember] = []
        known: dict[tuple[str, str], list[RawMember]] = {}
        for link in self._links:
            if link.member.problem != DANGLING_LINK:
                continue
            key = link.folder or f"/{link.path.partition('/')[0]}", link.target
            if key not in known:
                known[key] = list(self._targets(link))
            for number, source in enumerate(known[key]):
                member = link.member
                if number:
                    member = RawMember(member.path, 0, FileType.EMPTY, hidden=member.hidden)
                    others.append(member)
                copy_content(source, member)
        return others

    def _targets(self, link: _Link) -> Iterator[RawMember]:
        """Yield the members with content that a link leads to, one for each reading that differs.

        pip removes the top folder from members' names but not from a hard link's target, which then begins below it.
        """
        top = link.path.partition("/")[0]
        below_top = () if link.folder else (replace(link, folder=top),)
        seen: set[bytes] = set()
        for reading, lexical in product((link, *below_top), (False, True)):
            path = self._follow(reading, lexical=lexical)
            found = None if path is None else self._by_path.get(path)
            if found is not None and found.problem not in LINK_PROBLEMS and found is not link.member:
                key = found.digest or found.path.encode()
                if key not in seen:
                    seen.add(key)
                    yield found

    def _follow(self, link: _Link, *, lexical: bool) -> str | None:
        """Return the path that a link leads to through other links; None if there is none in the archive.

        With `lexical`, `..` removes the name before it, even if that is a link to another folder.
        """
        parts: list[str] = []
        pending = _parts_of(link, lexical=lexical)
        hops = 0
        while pending:
            part = pending.pop()
            if part == "..":
                if not parts:
                    return None
                parts.pop()
                continue
            parts.append(part)
            here = "/".join(parts)
            found = self._by_link_path.get(here)
            if found is None:
                continue
            hops += 1
            if hops > _MAX_LINKS or found.target.startswith("/"):
                break
            self._budget.check_time(len(here))
            if lexical or not found.folder:
                parts.clear()
                pending += _parts_of(found, lexical=lexical)
            else:
                parts.pop()
                pending += _split(found.target)
        return None if pending or hops > _MAX_LINKS else "/".join(parts)


def _parts_of(link: _Link, *, lexical: bool) -> list[str]:
    path = posixpath.join(link.folder, link.target)
    return _split(posixpath.normpath(path) if lexical else path)


def _split(path: str) -> list[str]:
    """Return the parts of a path, the last one first."""
    return [part for part in reversed(path.replace("\\", "/").split("/")) if part not in {"", "."}]


def copy_content(source: RawMember, target: RawMember) -> None:
    """Give a member the content of another; its type follows from its own path."""
    target.size, target.file_type, target.data, target.head = source.size, source.file_type, source.data, source.head
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
