"""The members of an artifact as they are found, whatever they are nested in."""

import re
from dataclasses import dataclass, field

from features.archive.budget import Budget
from features.archive.byte_source import truncate_name
from features.archive.retention import RawMember
from features.contract import FileType

_ODD_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_ODD_PARTS = ("..", "\\", ":", " /")
"""One of these stands in each path that leads elsewhere than it says, before it a blank."""
_DRIVE = re.compile(r"[A-Za-z]:[/\\]")


def decode_name(raw: bytes) -> str:
    """Return a member's name as text without surrogates: UTF-8, else Latin-1."""
    raw = truncate_name(raw)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


@dataclass(slots=True)
class MemberCollection:
    """Drafts of one artifact, and the names of its outermost container.

    `outer_names` are the names of everything there, folders too: what an installer's search for the single top
    folder sees. `ends` are pieces of text for a reason.
    """

    budget: Budget
    members: list[RawMember] = field(default_factory=list)
    outer_names: list[str] = field(default_factory=list)

    def check_names(self, paths: list[str]) -> None:
        """Count what is odd about names; nearly always nothing is, which one look tells of all."""
        together = " " + " ".join(paths)
        odd = not together.isprintable() or any(map(together.__contains__, _ODD_PARTS))
        if odd or len(max(paths, key=len, default="")) > self.budget.limits.path_chars:
            for path in paths:
                self.check_name(path)

    def check_name(self, path: str) -> None:
        """Count what is odd about a name as it is written."""
        note = self.budget.record_anomaly
        if ".." in path and ".." in path.replace("\\", "/").split("/"):
            note("path_traversal")
        if path[:1] in {"/", "\\"} or (path[1:2] == ":" and _DRIVE.match(path)):
            note("absolute_path")
        if "\\" in path:
            note("backslash_path")
        if not path.isprintable() and _ODD_CHARACTERS.search(path):
            note("control_char_name")
        if len(path) > self.budget.limits.path_chars:
            note("long_name")
            self.budget.record_limit("path_chars")

    def check_duplicates(self, names: list[str]) -> None:
        """Count names that stand twice in one container, exactly or but for case."""
        exact = set(names)
        doubles = len(names) - len(exact)
        if doubles:
            self.budget.record_anomaly("duplicate_member", doubles)
        folded = len(exact) - len(set(map(str.casefold, exact)))
        if folded:
            self.budget.record_anomaly("case_collision", folded)

    def add_unread(self, path: str, size: int, problem: str, *, hidden: bool = False) -> None:
        """Add a member that is known and was not examined."""
        self.members.append(
            RawMember(
                path, size, FileType.BINARY if size else FileType.EMPTY, kept=False, problem=problem, hidden=hidden
            )
        )
