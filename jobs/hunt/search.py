"""Searches the members of some files on a worker, under the limits of the audit."""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from features.limits import Limits
from features.opening import open_release
from features.text.decode import decode_text, is_plain
from features.text.indicator_hits import excerpt, line_of
from jobs.hunt.contract import RulesError, SearchAnswer, SearchedFile, SearchHit, SearchPattern

HITS = 64
"""Hits in one file that an answer lists."""


@dataclass(frozen=True, slots=True)
class SearchUnit:
    """The task of a worker: open each file below `root` and search its members.

    `rules` is the source of YARA rules, "" for none.
    """

    root: Path
    patterns: tuple[SearchPattern, ...]
    rules: str
    limits: Limits

    def __call__(self, files: tuple[SearchedFile, ...]) -> tuple[SearchAnswer, ...]:
        """Return the answer of each file, in their order."""
        return tuple(self._search(file) for file in files)

    def _search(self, file: SearchedFile) -> SearchAnswer:
        deadline = time.process_time() + self.limits.seconds
        opened = open_release(self.root / file.path, file.filename, self.limits, deadline)
        if opened.release is None:
            return SearchAnswer(file, unread=opened.reason)
        hits: list[SearchHit] = []
        for member in opened.release.members:
            if time.process_time() > deadline:
                return SearchAnswer(file, tuple(hits[:HITS]), f"not searched to its end in {self.limits.seconds:g} s")
            hits += search_member(member.path, member.data, self.patterns, self.rules)
        return SearchAnswer(file, tuple(hits[:HITS]), opened.reason)


def search_member(path: str, data: bytes, patterns: Sequence[SearchPattern], rules: str = "") -> Iterator[SearchHit]:
    """Yield the first place of each pattern and rule in a member: in its bytes, and in its text if that differs."""
    texts = [data]
    if data and not is_plain(data):
        decoded = decode_text(data)
        texts += [text.encode() for text in dict.fromkeys((decoded.text, decoded.also)) if text]
    for pattern in patterns:
        expression = _compile(pattern)
        for text in texts:
            if (match := expression.search(text)) is not None:
                yield _hit(pattern.id, path, text, match.start(), match.end())
                break
    if rules:
        for rule, start, end in match_rules(rules, data):
            yield _hit(rule, path, data, start, end)


def _hit(name: str, path: str, text: bytes, start: int, end: int) -> SearchHit:
    line = text.rfind(b"\n", 0, start) + 1
    return SearchHit(name, path, line_of(text, start), excerpt(text, line, end))


def match_rules(rules: str, data: bytes) -> Iterator[tuple[str, int, int]]:
    """Yield (rule, start, end) of the first match of each YARA rule; raises RulesError where they do not compile."""
    for rule in _compile_rules(rules).scan(data).matching_rules:
        matches = [(match.offset, match.offset + match.length) for one in rule.patterns for match in one.matches]
        yield rule.identifier, *min(matches, default=(0, 0))


@cache
def _compile(pattern: SearchPattern) -> re.Pattern[bytes]:
    return re.compile(pattern.pattern, re.IGNORECASE if pattern.caseless else 0)


@cache
def _compile_rules(rules: str) -> Any:
    try:
        import yara_x  # noqa: PLC0415  an extra
    except ImportError as error:
        raise RulesError("YARA rules need yara-x, which is not installed") from error
    try:
        return yara_x.compile(rules)
    except yara_x.CompileError as error:
        raise RulesError(str(error)) from error
