"""Collects the members of an artifact, and counts anomalies of their names."""

import re
from dataclasses import dataclass, field

from features.archive.budget import Budget
from features.archive.byte_source import truncate_name
from features.archive.retention import RawMember, retain_slack_data
from features.contract import FileType

_CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SUSPICIOUS = ("..", "\\", ":", " /")
"""Any path with an anomaly contains one of these texts after a blank is put before the path."""
_DRIVE = re.compile(r"[A-Za-z]:[/\\]")


def decode_name(raw: bytes) -> str:
    """Return a member's name as text without surrogates: UTF-8, else Latin-1."""
    raw = truncate_name(raw)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def memory_of_name(name: str) -> int:
    """Return the bytes that a name takes in memory: all of its letters take as many as the widest one may."""
    return len(name) if name.isascii() else 4 * len(name)


@dataclass(slots=True)
class MemberCollection:
    """Members of one artifact, including those of nested archives, and the names in its outermost container.

    `outer_names` are the names of all entries of the outermost container, also of folders: an installer looks for the
    single top folder among them.
    """

    budget: Budget
    members: list[RawMember] = field(default_factory=list)
    outer_names: list[str] = field(default_factory=list)

    def check_names(self, paths: list[str]) -> None:
        """Count the anomalies of names."""
        # One search covers all names, because names with an anomaly are rare.
        joined = " " + " ".join(paths)
        is_suspicious = not joined.isprintable() or any(map(joined.__contains__, _SUSPICIOUS))
        if is_suspicious or len(max(paths, key=len, default="")) > self.budget.limits.path_chars:
            for path in paths:
                self.check_name(path)

    def check_name(self, path: str) -> None:
        """Count the anomalies of one name."""
        record = self.budget.record_anomaly
        if ".." in path and ".." in path.replace("\\", "/").split("/"):
            record("path_traversal")
        if path[:1] in {"/", "\\"} or (path[1:2] == ":" and _DRIVE.match(path)):
            record("absolute_path")
        if "\\" in path:
            record("backslash_path")
        if not path.isprintable() and _CONTROL_CHARACTERS.search(path):
            record("control_char_name")
        if len(path) > self.budget.limits.path_chars:
            record("long_name")
            self.budget.record_limit("path_chars")

    def check_duplicates(self, names: list[str]) -> None:
        """Count names that occur twice in one container, and names that differ only by case."""
        distinct = set(names)
        duplicates = len(names) - len(distinct)
        if duplicates:
            self.budget.record_anomaly("duplicate_member", duplicates)
        collisions = len(distinct) - len(set(map(str.casefold, distinct)))
        if collisions:
            self.budget.record_anomaly("case_collision", collisions)

    def add_hidden_data(self, prefix: str, data: bytes, size: int) -> None:
        """Add bytes that no reader shows, and count them; `data` is the first part of their `size` bytes."""
        self.budget.record_anomaly("hidden_data")
        self.members.append(retain_slack_data(f"{prefix}!hidden_data", data, size, self.budget))

    def add_unread(self, path: str, size: int, problem: str, *, hidden: bool = False) -> None:
        """Add a member whose header was read and whose content was not examined."""
        self.members.append(
            RawMember(
                path, size, FileType.BINARY if size else FileType.EMPTY, kept=False, problem=problem, hidden=hidden
            )
        )
