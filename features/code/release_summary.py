"""Summarises the code of a release: values of the columns, evidence and tokens."""

import sys
import time
from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from features.code.aggregate import code_columns
from features.code.analysed_file import PROSE_SECTION, AnalysedFile
from features.code.columns import COLUMNS
from features.code.evidence import find_candidates, rank_candidates
from features.code.host_uses import hidden_hosts
from features.code.member_marks import MarkedFile, mark_files
from features.code.passes import analyse_files
from features.code.reach.columns import evidence_factors, reach_values
from features.code.reach.entry_points import is_entry_file
from features.code.reach.graph import find_reachable_code
from features.code.token_sample import sample_tokens
from features.contract import Dtype, Evidence, FileType, Release, Scalar
from features.place_keys import key_places
from features.runtime.cache import cached, composite_key, size_of_numbers
from features.runtime.deadline import Deadline
from features.text.host_place import HostPlace

_METADATA = FileType.METADATA
_FLOAT_COLUMNS = frozenset(column.name for column in COLUMNS if column.dtype is Dtype.FLOAT32)
ZERO_VALUES: Mapping[str, Scalar] = {column.name: 0.0 if column.name in _FLOAT_COLUMNS else 0 for column in COLUMNS}
"""The values of a release without code."""


class CodeSummary(NamedTuple):
    """Columns, evidence, tokens and marked files of the code of a release.

    `values` are those of the columns that are not 0, but for `code_not_examined`. `complete` is False where the
    deadline ended the work. `place_weights` and `place_keys` belong together, as in `GroupRow.place_keys`. `hosts`
    are those inside encoded and folded text, each with the position of its file.
    """

    values: Mapping[str, Scalar]
    evidence: tuple[Evidence, ...]
    tokens: tuple[int, ...]
    marked: tuple[MarkedFile, ...]
    place_weights: "array[float]"
    place_keys: "array[int]"
    hosts: tuple[tuple[int, HostPlace], ...]
    limits: frozenset[str]
    complete: bool

    def size_in_bytes(self) -> int:
        """Return the approximate size of the summary in memory, in bytes; an incomplete one is too large to be kept."""
        if not self.complete:
            return sys.maxsize
        excerpts = sum([400 + len(evidence.excerpt) for evidence in self.evidence])
        marks = sum([file.size_in_bytes() for file in self.marked]) + 16 * len(self.place_keys)
        return 100 * len(self.values) + excerpts + size_of_numbers(self.tokens) + marks + 300 * len(self.hosts)


def _content_key(file: AnalysedFile) -> object:
    """Return a key of everything in a file that contributes to the summary: its content, or the hits in it.

    The wheels of one release differ in lists such as RECORD, of which only the indicators matter.
    """
    member, scan = file.member, file.scan
    if member.file_type is not _METADATA or file.section != PROSE_SECTION or is_entry_file(member.path):
        return member.key
    return scan.counts, scan.cluster_weight, tuple(map(tuple, scan.places))


def _summary_key(release: Release, files: Sequence[AnalysedFile], _deadline: Deadline) -> bytes:
    """Return a key of everything that determines the summary; the wheels of one release often share it."""
    described = [
        (f.member.path, f.section, f.member.file_type.value, f.member.kept, _content_key(f), f.problems, f.known)
        for f in files
    ]
    return composite_key((release.kind.value, release.root, described))


@cached("code_summaries", key=_summary_key, size_of=CodeSummary.size_in_bytes)
def summarise_code(release: Release, files: Sequence[AnalysedFile], deadline: Deadline) -> CodeSummary:
    """Run the syntax pass over scanned files, follow the code that runs across them, and return the summary."""
    limits: set[str] = set()
    not_read = analyse_files(files, deadline, limits)
    values = code_columns(files)
    values.update(_follow(release, files))
    values["code_not_read"] = not_read
    values["code_bad_encoding"] = sum(1 for file in files if file.problems)
    values["code_utf16"] = sum(1 for file in files if "utf16" in file.problems)
    candidates = find_candidates(files)
    keys = key_places((place.weight, place.indicator, place.excerpt) for place in candidates)
    sampled = sample_tokens(files, deadline)
    return CodeSummary(
        {name: float(value) if name in _FLOAT_COLUMNS else value for name, value in values.items() if value},
        rank_candidates(candidates),
        sampled,
        mark_files(files),
        array("d", [weight for weight, _ in keys]),
        array("Q", [key for _, key in keys]),
        hidden_hosts(files),
        frozenset(limits),
        time.process_time() <= release.deadline,
    )


def _follow(release: Release, files: Sequence[AnalysedFile]) -> dict[str, Scalar]:
    """Return the values of reachability, and raise the weight of evidence in files that imports lead to."""
    reachable = find_reachable_code(release, files)
    for index, factor in evidence_factors(reachable).items():
        files[index].evidence_factor = factor
    return reach_values(reachable, files)
