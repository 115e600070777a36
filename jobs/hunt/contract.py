"""Defines a search through the members of artifacts, and its answers."""

from dataclasses import dataclass

from jobs.contract import JobsError


@dataclass(frozen=True, slots=True)
class SearchPattern:
    """A pattern that members are searched for: `id` names it; `pattern` is a regular expression over bytes."""

    id: str
    pattern: bytes
    caseless: bool = False


@dataclass(frozen=True, slots=True)
class SearchedFile:
    """A file to search: its path below the mirror's root, and its distribution name."""

    path: str
    filename: str


@dataclass(frozen=True, slots=True)
class SearchHit:
    """The first place in a member that a pattern or a rule matches; member and excerpt are hostile text, unescaped."""

    pattern: str
    member: str
    line: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """The hits in one file; `unread` is why it was not, or not completely, searched, "" if it was."""

    file: SearchedFile
    hits: tuple[SearchHit, ...] = ()
    unread: str = ""


class RulesError(JobsError):
    """Rules that do not compile, or whose library is not installed: `str` says why."""

    hint = "correct the rules; YARA rules need the extra `yara` (pip install 'boojum[yara]')"
