"""Copies listed malicious artifacts as bytes from a registry's git clone into a tree in bandersnatch's layout.

Only blobs that the list names are read: each is requested by its path from one `git cat-file --batch` process, and its
digest is compared with the list's before it is written. Nothing is unpacked or run.
"""

import hashlib
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple

from jobs.corpus.contract import BuildResult, CorpusError, ListedBlob, MissingFile, Progress
from jobs.corpus.listing import read_csv, write_missing
from jobs.corpus.mirror_writer import MirrorWriter

_COLUMNS = ("path", "sha256", "project", "version", "filename", "date")


def read_blob_list(path: Path) -> list[ListedBlob]:
    """Read a CSV with path, sha256, project, version, filename and date (YYYY-MM-DD); raises CorpusError."""
    try:
        return [
            ListedBlob(
                path=row["path"],
                sha256=row["sha256"],
                project=row["project"],
                version=row["version"],
                filename=row["filename"],
                upload_time=datetime.fromisoformat(row["date"]).replace(tzinfo=UTC),
            )
            for row in read_csv(path, _COLUMNS, "blobs")
        ]
    except ValueError as error:
        raise CorpusError(str(path), f"cannot be read as a list ({error})", "give a CSV file") from error


def build_malicious(
    git_dir: Path,
    blobs: Sequence[ListedBlob],
    out: Path,
    *,
    revision: str = "HEAD",
    progress: Progress = None,
) -> BuildResult:
    """Write the listed blobs of a clone as a tree at `out`; files that the tree holds are not read again.

    Blobs that cannot be had are in the result and in `missing.csv` in `out`, each with its reason. Raises CorpusError
    where git or the clone fails; the files written until then stay for the next call.
    """
    began = time.monotonic()
    writer = MirrorWriter(out)
    missing: list[MissingFile] = []
    written = kept = size = 0
    try:
        with _open_batch(git_dir, revision) as batch:
            for number, blob in enumerate(blobs, 1):
                placed = writer.find(blob.project, blob.filename, blob.sha256)
                if placed is not None and placed.version == blob.version:
                    kept += 1
                    size += placed.size
                else:
                    content = batch.read(blob)
                    if isinstance(content, str):
                        missing.append(MissingFile(blob.project, blob.version, blob.filename, blob.sha256, content))
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


class _CatFileBatch(NamedTuple):
    """A running `git cat-file --batch`: requests are lines to its stdin, replies come from its stdout."""

    git_dir: Path
    revision: str
    requests: IO[bytes]
    replies: IO[bytes]

    def read(self, blob: ListedBlob) -> bytes | str:
        """Return the blob's bytes, or the reason why they cannot be had; raises CorpusError where git ends."""
        if "\n" in blob.path or "\0" in blob.path:
            return "its path has a line break or a NUL"
        try:
            self.requests.write(f"{self.revision}:{blob.path}\n".encode())
            self.requests.flush()
            header = self.replies.readline()
        except BrokenPipeError:
            header = b""
        if not header:
            raise CorpusError(str(self.git_dir), "git ended early", "check the clone with git fsck")
        # "<object id> <type> <size>", or "<request> missing".
        fields = header.rstrip(b"\n").rsplit(b" ", 2)
        if len(fields) != 3 or not fields[2].isdigit():
            return f"not in the clone at {self.revision}"
        content = self.replies.read(int(fields[2]))
        self.replies.read(1)
        if fields[1] != b"blob":
            return f"is a {fields[1].decode('ascii', 'replace')}, not a file"
        if hashlib.sha256(content).hexdigest() != blob.sha256:
            return "sha256 differs from the list's"
        return content


@contextmanager
def _open_batch(git_dir: Path, revision: str) -> Iterator[_CatFileBatch]:
    """Run `git cat-file --batch` on the clone, without the git configuration of this machine."""
    if not (git_dir / "objects").is_dir():
        raise CorpusError(str(git_dir), "is not a git directory", "give the .git folder or a bare clone")
    environment = {
        **os.environ,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_NO_LAZY_FETCH": "1",
    }
    try:
        process = subprocess.Popen(  # noqa: S603 - a fixed command; paths of the list travel on stdin
            ["git", f"--git-dir={git_dir}", "cat-file", "--batch"],  # noqa: S607 - the operator's git
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    except FileNotFoundError as error:
        raise CorpusError("git", "is not installed", "install git") from error
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield _CatFileBatch(git_dir, revision, process.stdin, process.stdout)
    finally:
        process.stdin.close()
        process.stdout.close()
        process.kill()
        process.wait()
