"""Lists the words behind common code tokens, so that a reason can show telling ones: tokens themselves are hashes.

A word is a name or a call as honest projects write it. Only words of many projects are listed: they say nothing about
anyone's code, and a hash of twenty bits that one of them has is seldom another word's.
"""

import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from features.code.tokens import BITS, hash_token
from features.contract import FileType
from features.limits import Limits
from features.opening import open_release
from features.runtime.atomic_write import write_atomically
from features.text.decode import decode_source
from jobs.corpus.contract import CorpusError, Progress
from jobs.corpus.known_code import ReleaseFile

LEAST_PROJECTS = 25
"""Projects that must write a word."""
MOST_COUNTED = 2_000_000
"""Words that are counted at once; beyond it, those that one project alone has written so far are forgotten."""
MAX_BYTES = 2_000_000
"""Bytes of an artifact that is read."""
MAX_SOURCE = 200_000
"""Bytes of a file that is read."""

_NAME = re.compile(r"\.?\b[^\W\d]\w{2,60}", re.ASCII)
_CALL = re.compile(r"\b([^\W\d]\w{0,60}(?:\.[^\W\d]\w{0,60}){0,6})[ \t]*\(", re.ASCII)


@dataclass(frozen=True, slots=True)
class WordsReport:
    """Result of a build: artifacts read, projects of these, and words listed."""

    artifacts: int
    projects: int
    words: int
    bytes: int


def source_words(text: str) -> set[tuple[str, str]]:
    """Return the (token text, word) of each name and call in source, such as ("call:os.system", "os.system()")."""
    names = {("name:" + name, name) for name in set(_NAME.findall(text))}
    return names | {("call:" + name, f"{name}()") for name in set(_CALL.findall(text))}


def list_words(
    files: Sequence[ReleaseFile], into: Path, *, least: int = LEAST_PROJECTS, progress: Progress = None
) -> WordsReport:
    """Write the words of honest artifacts to a gzipped CSV file: token, text and projects, the most common first.

    An artifact that is absent, large or unreadable is passed over. Raises CorpusError where no word is common enough.
    """
    by_project = sorted(files, key=lambda file: file.project)
    counts: Counter[tuple[str, str]] = Counter()
    read = projects = done = 0
    for _, group in groupby(by_project, key=lambda file: file.project):
        words: set[tuple[str, str]] = set()
        for file in group:
            found = _words_of(file)
            read += found is not None
            words |= found or set()
            done += 1
            if progress is not None:
                progress(done, len(files), file.filename)
        counts.update(words)
        projects += bool(words)
        if len(counts) > MOST_COUNTED:
            counts = Counter({word: count for word, count in counts.items() if count > 1})
    common = sorted(
        ((count, *word) for word, count in counts.items() if count >= least), key=lambda row: (-row[0], row[1])
    )
    if not common:
        raise CorpusError(str(into), "no word is common enough", "read more projects")
    write_atomically(into, _render((token_of(token), text, count) for count, token, text in common))
    return WordsReport(read, projects, len(common), into.stat().st_size)


def token_of(text: str) -> int:
    """Return the hash of a token's text that the feature table keeps, without its role."""
    return hash_token(text) & ((1 << BITS) - 1)


def _words_of(file: ReleaseFile) -> set[tuple[str, str]] | None:
    """Return the words of an artifact, None where it cannot be read."""
    try:
        if file.path.stat().st_size > MAX_BYTES:
            return None
    except OSError:
        return None
    release = open_release(file.path, file.filename, Limits()).release
    if release is None:
        return None
    found: set[tuple[str, str]] = set()
    for member in release.members:
        if member.file_type is FileType.PYTHON and member.size <= MAX_SOURCE:
            found |= source_words(decode_source(member.content).text)
    return found


def _render(rows: Iterable[tuple[int, str, int]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("token", "text", "projects"))
    writer.writerows(rows)
    # Without a time, the same words give the same bytes.
    return gzip.compress(text.getvalue().encode(), mtime=0)
