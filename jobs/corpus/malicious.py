"""Takes listed malicious artifacts out of a registry's git clone, as bytes, into bandersnatch's layout.

Only blobs that the list names are ever read: each is asked of one `git cat-file --batch` process by its path,
and its digest is compared with the list's before it is written. Nothing is unpacked or run.
"""

import csv
import hashlib
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from jobs.corpus.contract import BuildResult, CorpusError, ListedBlob, Missing, Progress
from jobs.corpus.listing import write_missing
from jobs.corpus.mirror_writer import MirrorWriter

_COLUMNS = ("path", "sha256", "project", "version", "filename", "date")


def read_blob_list(path: Path) -> list[ListedBlob]:
    """Read a list of blobs: CSV with path, sha256, project, version, filename, date (YYYY-MM-DD), or more."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            lacking = [c for c in _COLUMNS if c not in (reader.fieldnames or ())]
            if lacking:
                raise CorpusError(str(path), f"has no column {', '.join(lacking)}", "give a list of blobs")
            return [
                ListedBlob(
                    path=row["path"],
                    sha256=row["sha256"],
                    project=row["project"],
                    version=row["version"],
                    filename=row["filename"],
                    upload_time=datetime.fromisoformat(row["date"]).replace(tzinfo=UTC),
                )
                for row in reader
            ]
    except (OSError, UnicodeDecodeError, ValueError, TypeError) as error:
        raise CorpusError(str(path), f"cannot be read as a list ({error})", "give a CSV file") from error


def build_malicious(
    git_dir: Path,
    blobs: Sequence[ListedBlob],
    out: Path,
    *,
    revision: str = "HEAD",
    progress: Progress = None,
) -> BuildResult:
    """Write the listed blobs of a clone as a tree at `out`; what is there already is not read again.

    What cannot be had is in the result and in `missing.csv` in `out`, each with its reason. Raises
    CorpusError where git or the clone itself fails; what was written stays for the next call.
    """
    began = time.monotonic()
    writer = MirrorWriter(out)
    missing: list[Missing] = []
    written = kept = size = 0
    try:
        with _cat_file(git_dir) as (ask, answer):
            for number, blob in enumerate(blobs, 1):
                placed = writer.find(blob.project, blob.filename, blob.sha256)
                if placed is not None and placed.version == blob.version:
                    kept += 1
                    size += placed.size
                else:
                    content = _read_blob(ask, answer, git_dir, revision, blob)
                    if isinstance(content, str):
                        missing.append(Missing(blob.project, blob.version, blob.filename, blob.sha256, content))
                    else:
                        writer.add(blob.project, blob.version, blob.filename, content, blob.upload_time)
                        written += 1
                        size += len(content)
                if progress is not None:
                    progress(number, len(blobs), blob.filename)
    finally:
        writer.flush()
    if written or not (out / "status").exists():
        writer.finish()
    write_missing(out / "missing.csv", missing)
    return BuildResult(out, len(blobs), written, kept, size, tuple(missing), time.monotonic() - began)


@contextmanager
def _cat_file(git_dir: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Run `git cat-file --batch` on the clone; the machine's own git configuration stays out of it."""
    command = ["git", f"--git-dir={git_dir}", "cat-file", "--batch"]
    quiet = {
        **os.environ,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_NO_LAZY_FETCH": "1",
    }
    if not (git_dir / "objects").is_dir():
        raise CorpusError(str(git_dir), "is no git directory", "give the .git folder or a bare clone")
    try:
        process = subprocess.Popen(  # noqa: S603 - the command is ours; paths of the list travel on stdin
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=quiet
        )
    except FileNotFoundError as error:
        raise CorpusError("git", "is not installed", "install git") from error
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdin, process.stdout
    finally:
        process.stdin.close()
        process.stdout.close()
        process.kill()
        process.wait()


def _read_blob(ask: IO[bytes], answer: IO[bytes], git_dir: Path, revision: str, blob: ListedBlob) -> bytes | str:
    """Return the blob's bytes, or the reason why not."""
    if "\n" in blob.path or "\0" in blob.path:
        return "its path has a line break or a NUL"
    try:
        ask.write(f"{revision}:{blob.path}\n".encode())
        ask.flush()
        header = answer.readline()
    except BrokenPipeError as error:
        raise CorpusError(str(git_dir), "git ended early", "check the clone with git fsck") from error
    if not header:
        raise CorpusError(str(git_dir), "git ended early", "check the clone with git fsck")
    words = header.rstrip(b"\n").rsplit(b" ", 2)
    if len(words) != 3 or not words[2].isdigit():
        return f"not in the clone at {revision}"
    content = answer.read(int(words[2]))
    answer.read(1)
    if words[1] != b"blob":
        return f"is a {words[1].decode('ascii', 'replace')}, not a file"
    if hashlib.sha256(content).hexdigest() != blob.sha256:
        return "sha256 differs from the list's"
    return content
