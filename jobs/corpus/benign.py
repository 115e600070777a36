"""Takes listed artifacts from a package index into bandersnatch's layout, each one checked by its digest."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from packaging.utils import NormalizedName

from jobs.corpus.contract import BuildResult, CorpusError, ListedFile, Missing, Progress
from jobs.corpus.index import IndexClient, IndexFile, IndexUnreachableError, NotOnIndexError
from jobs.corpus.layout import PlacedFile, package_path
from jobs.corpus.listing import write_missing
from jobs.corpus.mirror_writer import MirrorWriter

_LARGEST = 1 << 30  # bytes of a file whose size the list does not say
_FLUSH_SECONDS = 20.0  # how much listing a kill may lose; the files themselves stay
_GIVE_UP = 64  # files in a row that the index did not answer for: it is gone, and asking on helps nobody
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # the upload time of a file that neither the list nor the index dates


@dataclass(slots=True)
class _Tally:
    written: int = 0
    kept: int = 0
    bytes: int = 0
    silent: int = 0
    missing: list[Missing] = field(default_factory=list)


@dataclass(slots=True)
class _Fetcher:
    """Fetches one listed file into the tree; threads share it."""

    client: IndexClient
    writer: MirrorWriter
    pages: dict[NormalizedName, list[IndexFile]] = field(default_factory=dict)

    def fetch(self, listed: ListedFile) -> PlacedFile:
        """Return the file in the tree; raises CorpusError with the reason where it cannot be had."""
        page = self.pages.get(listed.project)
        if page is None:
            page = self.pages[listed.project] = self.client.project_files(listed.project)
        found = next((f for f in page if f.filename == listed.filename), None)
        if found is None:
            raise NotOnIndexError(listed.filename, "is not on the project's page", "leave it out of the list")
        if found.sha256 not in (None, listed.sha256):
            raise CorpusError(listed.filename, "the index lists another sha256", "leave it out of the list")
        content = self.client.download(found, most=_LARGEST if listed.size is None else listed.size)
        if listed.size not in (None, len(content)):
            raise CorpusError(listed.filename, f"came with {len(content)} of {listed.size} bytes", "try again")
        if hashlib.sha256(content).hexdigest() != listed.sha256:
            raise CorpusError(listed.filename, "came with another sha256", "try again")
        return self.writer.add(
            listed.project,
            listed.version,
            listed.filename,
            content,
            listed.upload_time or found.upload_time or _EPOCH,
            requires_python=found.requires_python,
            yanked=found.yanked,
            yanked_reason=found.yanked_reason,
        )


def build_benign(
    files: Sequence[ListedFile], out: Path, *, client: IndexClient, progress: Progress = None
) -> BuildResult:
    """Write the listed files as a tree at `out`, in the list's order; a second call fetches what is missing.

    A file that cannot be had is in the result and in `missing.csv` in `out`, with its reason. Raises
    IndexUnreachableError where the index stops answering at all. After Ctrl-C, a kill or an error what was
    fetched stays, and the next call goes on from it.
    """
    began = time.monotonic()
    writer = MirrorWriter(out)
    tally = _Tally()
    fetcher = _Fetcher(client, writer)
    flushed = began
    done = 0
    try:
        for listed, result in _fetch_all(files, fetcher, tally):
            done += 1
            _count(tally, listed, result)
            if tally.silent >= _GIVE_UP:
                hint = "check the network, then start again: what was fetched is kept"
                raise IndexUnreachableError(client.index_url, f"left {_GIVE_UP} files in a row unanswered", hint)
            if progress is not None:
                progress(tally.kept + done, len(files), listed.filename)
            if time.monotonic() - flushed > _FLUSH_SECONDS:
                writer.flush()
                flushed = time.monotonic()
    finally:
        writer.flush()
        write_missing(out / "missing.csv", tally.missing)
    if tally.written or not (out / "status").exists():
        writer.finish()
    seconds = time.monotonic() - began
    return BuildResult(out, len(files), tally.written, tally.kept, tally.bytes, tuple(tally.missing), seconds)


def _fetch_all(
    files: Sequence[ListedFile], fetcher: _Fetcher, tally: _Tally
) -> Iterator[tuple[ListedFile, PlacedFile | CorpusError]]:
    """Yield what became of every file that was not in the tree yet; count the others as kept."""
    running: dict[Future[PlacedFile], ListedFile] = {}
    with ThreadPoolExecutor(fetcher.client.threads) as pool:
        try:
            for listed in files:
                placed = _standing(fetcher.writer, listed)
                if placed is not None:
                    tally.kept += 1
                    tally.bytes += placed.size
                    continue
                running[pool.submit(fetcher.fetch, listed)] = listed
                # A bound on what waits keeps the order of the list, nearly, and Ctrl-C quick.
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


def _standing(writer: MirrorWriter, listed: ListedFile) -> PlacedFile | None:
    """Return the listed file if the tree holds it: by its JSON or, after a kill, by its path's digest."""
    placed = writer.find(listed.project, listed.filename, listed.sha256)
    if placed is not None or not listed.blake2b_256 or listed.size is None:
        return placed
    path = package_path(listed.blake2b_256, listed.filename)
    try:
        told = (writer.root / path).stat()
    except FileNotFoundError:
        return None
    if told.st_size != listed.size:
        return None
    time = listed.upload_time or datetime.fromtimestamp(told.st_mtime, UTC)
    placed = PlacedFile(listed.version, listed.filename, path, listed.size, listed.sha256, listed.blake2b_256, time)
    writer.list_file(listed.project, placed)
    return placed


def _count(tally: _Tally, listed: ListedFile, result: PlacedFile | CorpusError) -> None:
    if isinstance(result, PlacedFile):
        tally.written += 1
        tally.bytes += result.size
        tally.silent = 0
        return
    tally.silent = tally.silent + 1 if isinstance(result, IndexUnreachableError) else 0
    reason = result.reason if result.subject == listed.filename else str(result)
    tally.missing.append(Missing(listed.project, listed.version, listed.filename, listed.sha256, reason))
