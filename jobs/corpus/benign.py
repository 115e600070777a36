"""Fetches listed artifacts from a package index into a tree in bandersnatch's layout, each checked by its digest."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from packaging.utils import NormalizedName

from jobs.corpus.contract import BuildResult, CorpusError, ListedFile, MissingFile, Progress
from jobs.corpus.index import IndexClient, IndexFile, IndexUnreachableError, NotOnIndexError
from jobs.corpus.layout import PlacedFile, tree_path
from jobs.corpus.listing import write_missing
from jobs.corpus.mirror_writer import MirrorWriter

_MAX_UNSIZED_BYTES = 1 << 30
"""Most bytes of a file if the list does not give its size."""
_FLUSH_SECONDS = 20.0
"""Seconds between two writings of the documents; after a kill, files that they do not list are found by digest."""
_MAX_UNANSWERED = 64
"""Files in a row without an answer, after which the index counts as gone."""
_UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""Upload time of a file that neither the list nor the index dates."""


def build_benign(
    files: Sequence[ListedFile], out: Path, *, client: IndexClient, progress: Progress = None
) -> BuildResult:
    """Write the listed files as a tree at `out`, in about the list's order; a second call fetches what is missing.

    Files that cannot be had are in the result and in `missing.csv` in `out`, each with its reason. Raises
    IndexUnreachableError where the index stops answering. After Ctrl-C, a kill or an error, the fetched files stay and
    the next call continues.
    """
    began = flushed = time.monotonic()
    writer = MirrorWriter(out)
    counts = _Counts()
    fetcher = _Fetcher(client, writer)
    try:
        for done, (listed, result) in enumerate(_fetch_all(files, fetcher, counts), start=1):
            counts.add(listed, result)
            if counts.unanswered >= _MAX_UNANSWERED:
                hint = "check the network, then start again: the fetched files are kept"
                raise IndexUnreachableError(client.index_url, f"left {_MAX_UNANSWERED} files in a row unanswered", hint)
            if progress is not None:
                progress(counts.kept + done, len(files), listed.filename)
            if time.monotonic() - flushed > _FLUSH_SECONDS:
                writer.flush()
                flushed = time.monotonic()
    finally:
        writer.flush()
        write_missing(out / "missing.csv", counts.missing)
    if counts.written or not (out / "status").exists():
        writer.finish()
    seconds = time.monotonic() - began
    return BuildResult(out, len(files), counts.written, counts.kept, counts.bytes, tuple(counts.missing), seconds)


@dataclass(slots=True)
class _Counts:
    """Results so far; `unanswered` counts the files in a row that the index did not answer for."""

    written: int = 0
    kept: int = 0
    bytes: int = 0
    unanswered: int = 0
    missing: list[MissingFile] = field(default_factory=list)

    def add(self, listed: ListedFile, result: PlacedFile | CorpusError) -> None:
        """Count a file that was fetched or could not be had."""
        if isinstance(result, PlacedFile):
            self.written += 1
            self.bytes += result.size
            self.unanswered = 0
            return
        self.unanswered = self.unanswered + 1 if isinstance(result, IndexUnreachableError) else 0
        reason = result.reason if result.subject == listed.filename else str(result)
        self.missing.append(MissingFile(listed.project, listed.version, listed.filename, listed.sha256, reason))


@dataclass(slots=True)
class _Fetcher:
    """Fetches one listed file into the tree; threads share it, and the project pages that it remembers."""

    client: IndexClient
    writer: MirrorWriter
    pages: dict[NormalizedName, list[IndexFile]] = field(default_factory=dict)

    def fetch(self, listed: ListedFile) -> PlacedFile:
        """Return the file in the tree; raises CorpusError with the reason where it cannot be had."""
        page = self.pages.get(listed.project)
        if page is None:
            page = self.pages[listed.project] = self.client.project_files(listed.project)
        file = next((f for f in page if f.filename == listed.filename), None)
        if file is None:
            raise NotOnIndexError(listed.filename, "is not on the project's page", "leave it out of the list")
        if file.sha256 not in (None, listed.sha256):
            raise CorpusError(listed.filename, "the index lists another sha256", "leave it out of the list")
        max_bytes = _MAX_UNSIZED_BYTES if listed.size is None else listed.size
        content = self.client.download(file, max_bytes=max_bytes)
        if listed.size not in (None, len(content)):
            raise CorpusError(listed.filename, f"came with {len(content)} of {listed.size} bytes", "try again")
        if hashlib.sha256(content).hexdigest() != listed.sha256:
            raise CorpusError(listed.filename, "came with another sha256", "try again")
        return self.writer.add(
            listed.project,
            listed.version,
            listed.filename,
            content,
            listed.upload_time or file.upload_time or _UNKNOWN_TIME,
            requires_python=file.requires_python,
            yanked=file.yanked,
            yanked_reason=file.yanked_reason,
        )


def _fetch_all(
    files: Sequence[ListedFile], fetcher: _Fetcher, counts: _Counts
) -> Iterator[tuple[ListedFile, PlacedFile | CorpusError]]:
    """Yield the result for every file that the tree did not hold; count the others as kept."""
    running: dict[Future[PlacedFile], ListedFile] = {}
    with ThreadPoolExecutor(fetcher.client.threads) as pool:
        try:
            for listed in files:
                placed = _find_in_tree(fetcher.writer, listed)
                if placed is not None:
                    counts.kept += 1
                    counts.bytes += placed.size
                    continue
                running[pool.submit(fetcher.fetch, listed)] = listed
                # A bound on queued files keeps results near the list's order and lets Ctrl-C end soon.
                if len(running) >= fetcher.client.threads * 2:
                    yield from _take_finished(running)
            while running:
                yield from _take_finished(running)
        finally:
            for future in running:
                future.cancel()


def _take_finished(
    running: dict[Future[PlacedFile], ListedFile],
) -> Iterator[tuple[ListedFile, PlacedFile | CorpusError]]:
    finished, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in finished:
        listed = running.pop(future)
        try:
            yield listed, future.result()
        except CorpusError as error:
            yield listed, error


def _find_in_tree(writer: MirrorWriter, listed: ListedFile) -> PlacedFile | None:
    """Return the listed file if the tree holds it: by its JSON document or, after a kill, by its digest's path."""
    placed = writer.find(listed.project, listed.filename, listed.sha256)
    if placed is not None or not listed.blake2b_256 or listed.size is None:
        return placed
    path = tree_path(listed.blake2b_256, listed.filename)
    try:
        status = (writer.root / path).stat()
    except FileNotFoundError:
        return None
    if status.st_size != listed.size:
        return None
    upload_time = listed.upload_time or datetime.fromtimestamp(status.st_mtime, UTC)
    placed = PlacedFile(
        listed.version, listed.filename, path, listed.size, listed.sha256, listed.blake2b_256, upload_time
    )
    writer.list_file(listed.project, placed)
    return placed
