"""Holds the results of the passes of the code group for one text member of a release."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from features.code.contract import FileAnalysis
from features.code.detect.rules import RULE_WEIGHTS
from features.contract import FileType, Member, Role
from features.text.host_place import HostPlace
from features.text.indicator_scan import TextScan

TEXT_SECTION = "text"
"""Section of scripts and other text without a role of code."""
PROSE_SECTION = "prose"
"""Section of documentation and metadata."""
NON_CODE_SECTIONS = (TEXT_SECTION, PROSE_SECTION)

# Global names: looking up a member of an enum takes as long as a call (stage `code` of `boojum bench`).
_REST, _METADATA = Role.REST, FileType.METADATA
_ROLE_SECTIONS: Mapping[Role, str] = {role: role.value for role in Role}
_ROLE_ORDER: Mapping[Role, int] = {Role.INSTALL: 0, Role.IMPORT: 1, Role.REST: 2}
_SOURCE_TYPES = frozenset((FileType.PYTHON, FileType.PTH))
_PROSE_NAME = re.compile(
    r"(?i)(?:\.(?:md|rst|txt|markdown|adoc|textile|tex|html?|po|pot|svg|css|csv|tsv|ipynb|bib|log|xml)"
    r"|(?:^|/)(?:readme|licen[cs]e|copying|authors|changelog|changes|news|history|notice|contributing|todo|install|credits)"
    r"[^/.]*)$"
)


@dataclass(slots=True)
class AnalysedFile:
    """One text member of a release, with the result of each pass.

    `section` is the name of its role, or TEXT_SECTION or PROSE_SECTION. `python` is the source that the syntax pass
    reads, b"" if the member is not Python, and `key` is its `content_key`. `problems` are those of its decoding.
    `analysis` is None until the syntax pass has read it. `known` says that another project published the member
    before. `evidence_factor` multiplies the weight of its evidence if imports lead to it. `tokens` are its ordered
    token hashes (`features.code.tokens`) if they were sampled. `hosts` are those that its text spells out.
    """

    member: Member
    section: str
    python: bytes
    key: bytes
    scan: TextScan
    problems: tuple[str, ...] = ()
    analysis: FileAnalysis | None = None
    known: bool = False
    evidence_factor: float = 1.0
    tokens: tuple[int, ...] = ()
    hosts: tuple[HostPlace, ...] = ()

    @property
    def is_code(self) -> bool:
        """True if its section is a role of code."""
        return self.section not in NON_CODE_SECTIONS

    @property
    def urgency(self) -> tuple[int, bool, int, str]:
        """Sort key of the syntax pass: by role, then unknown before known code, then the heaviest first."""
        weight = self.scan.cluster_weight + self.scan.weight
        return _ROLE_ORDER[self.member.role], self.known, -weight, self.member.path

    @property
    def rule_ids(self) -> frozenset[str]:
        """Ids of the syntax rules that matched."""
        return self.analysis.rule_ids if self.analysis is not None else frozenset()

    @property
    def rule_weight(self) -> float:
        """Total weight of the distinct syntax rules that matched."""
        matched = self.rule_ids
        return sum([RULE_WEIGHTS[rule] for rule in matched]) if matched else 0.0


def section_of(member: Member) -> str:
    """Return the section of a text member."""
    if member.role is not _REST or member.file_type in _SOURCE_TYPES:
        return _ROLE_SECTIONS[member.role]
    if member.path.endswith("CMakeLists.txt"):
        return TEXT_SECTION
    if member.file_type is _METADATA or (_PROSE_NAME.search(member.path) and not member.executable):
        return PROSE_SECTION
    return TEXT_SECTION
