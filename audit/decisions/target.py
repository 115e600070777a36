"""Finds what a decision of the command line names: a file by its digest, a release or a project of the mirror."""

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from packaging.utils import InvalidName, canonicalize_name

from audit.decisions.contract import Scope
from audit.decisions.file import canonical_version
from audit.decisions.matching import subjects_of
from audit.decisions.mirror import open_artifacts
from audit.errors import StatedError
from features.packaging.names import OTHER_SUFFIXES, SDIST_SUFFIXES
from jobs.run.run_folder import LATEST

DIGITS = 64
"""Hex digits of a sha256."""
FEWEST_DIGITS = 12
"""Hex digits of a digest that is cut short."""
_HEX = re.compile(r"[0-9a-f]+")
_FILE_SUFFIXES = (*SDIST_SUFFIXES, *OTHER_SUFFIXES, ".whl", ".egg")
_NAMED = 5


class TargetError(StatedError):
    """A target of the command line that is not clear, or that the mirror does not have."""


@dataclass(frozen=True, slots=True)
class MirrorFile:
    """A file on the mirror at the last run, or one on its blocklist that is gone (verdict "")."""

    filename: str
    project: str
    version: str
    sha256: str
    verdict: str
    first_seen: date | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """The subject of a decision, and the files that it names today; `searched` is False where no run has finished."""

    scope: Scope
    sha256: str
    project: str
    version: str
    files: tuple[MirrorFile, ...]
    searched: bool

    @property
    def label(self) -> str:
        """The target in words, like "release six==1.16.0"; without text of a package."""
        if self.scope is Scope.FILE:
            return f"file {self.sha256}"
        return f"{self.scope} {self.project}" + (f"=={self.version}" if self.version else "")


def find_target(out: Path, text: str) -> Target:
    """Return the target that a text names: `SHA256`, at least 12 digits of it, `PROJECT` or `PROJECT==VERSION`.

    It is looked up in the last finished run below `out`. Raises TargetError where the text is none of these, or where
    a digest that is cut short is not that of exactly one file.
    """
    text = text.strip()
    digest = text.lower().removeprefix("sha256:")
    if _HEX.fullmatch(digest) and len(digest) == DIGITS:
        files, searched = _files_by_digest(out, digest)
        return Target(Scope.FILE, digest, "", "", files, searched)
    if _HEX.fullmatch(digest) and len(digest) >= FEWEST_DIGITS and (found := _by_prefix(out, digest)) is not None:
        return found
    project, version = _parse_release(out, text)
    files, searched = _files_of_project(out, project)
    if version:
        release = subjects_of("", project, version)[1]
        files = tuple(file for file in files if release == subjects_of("", file.project, file.version)[1])
    return Target(Scope.RELEASE if version else Scope.PROJECT, "", project, version, files, searched)


def find_file(out: Path, text: str) -> Target:
    """Return the file that a text names by its digest, or by at least 12 digits of it; raises TargetError."""
    digest = text.strip().lower().removeprefix("sha256:")
    if not _HEX.fullmatch(digest) or not FEWEST_DIGITS <= len(digest) <= DIGITS:
        raise TargetError(f"{text!r} is no sha256", f"name a file by its digest, or by {FEWEST_DIGITS} digits of it")
    return find_target(out, digest)


def _by_prefix(out: Path, digest: str) -> Target | None:
    """Return the file whose digest begins like this, None where it can only be a project's name."""
    files, searched = _files_by_digest(out, digest)
    digests = sorted({file.sha256 for file in files})
    if len(digests) == 1:
        return Target(Scope.FILE, digests[0], "", "", files, searched)
    if len(digests) > 1:
        raise TargetError(
            f"{len(digests)} files begin with {digest}", f"write more digits: {', '.join(digests[:_NAMED])}"
        )
    if _files_of_project(out, digest)[0]:
        return None
    where = "no file of the mirror has it" if searched else f"no run in {out} can say whose it is"
    raise TargetError(f"{digest} is {len(digest)} digits of a digest, and {where}", f"write all {DIGITS} digits")


def _parse_release(out: Path, text: str) -> tuple[str, str]:
    name, equals, version = (part.strip() for part in text.partition("=="))
    if name.lower().endswith(_FILE_SUFFIXES):
        digests = [file.sha256 for file in _files_by_name(out, name)]
        raise TargetError(
            f"{text} is the name of a file, which says nothing about its content",
            f"name it by its sha256: {digests[0]}" if len(digests) == 1 else "name it by its sha256",
        )
    try:
        project = str(canonicalize_name(name, validate=True))
    except InvalidName as error:
        hint = f"write SHA256 (at least {FEWEST_DIGITS} digits), PROJECT, or PROJECT==VERSION"
        raise TargetError(f"{text!r} names no file, release or project", hint) from error
    if equals and (not version or re.search(r"[\s*=<>!~,]", version)):
        raise TargetError(f"{text!r} names no single version", "write PROJECT==VERSION, one version at a time")
    return project, canonical_version(version)


def close_names(out: Path, project: str) -> tuple[str, ...]:
    """Return projects of the mirror whose names are nearly this one."""
    statement = """SELECT project FROM (SELECT DISTINCT project FROM artifacts)
        WHERE levenshtein(project, $1) <= 2 ORDER BY levenshtein(project, $1), project LIMIT 5"""
    return tuple(name for (name,) in _select(out, statement, project) or ())


def _files_by_digest(out: Path, digest: str) -> tuple[tuple[MirrorFile, ...], bool]:
    rows = _select(out, f"{_FILES} starts_with(sha256, $1) ORDER BY ALL", digest)
    return _with_gone(
        _files(rows), [file for file in _gone_files(out) if file.sha256.startswith(digest)]
    ), rows is not None


def _files_of_project(out: Path, project: str) -> tuple[tuple[MirrorFile, ...], bool]:
    rows = _select(out, f"{_FILES} project = $1 ORDER BY ALL", project)
    return _with_gone(_files(rows), [file for file in _gone_files(out) if file.project == project]), rows is not None


def _with_gone(there: tuple[MirrorFile, ...], blocked: list[MirrorFile]) -> tuple[MirrorFile, ...]:
    digests = {file.sha256 for file in there}
    return (*there, *(file for file in blocked if file.sha256 not in digests))


def _files_by_name(out: Path, filename: str) -> tuple[MirrorFile, ...]:
    return _files(_select(out, f"{_FILES} filename = $1 ORDER BY ALL", filename))


_FILES = "SELECT filename, project, version, sha256, verdict, first_seen FROM artifacts WHERE"


def _files(rows: list[tuple[Any, ...]] | None) -> tuple[MirrorFile, ...]:
    return tuple(MirrorFile(*row) for row in rows or ())


def _select(out: Path, statement: str, value: str) -> list[tuple[Any, ...]] | None:
    """Return rows of the view artifacts, None where no run has finished."""
    with open_artifacts(out) as connection:
        return connection.execute(statement, [value]).fetchall() if connection else None


def _gone_files(out: Path) -> tuple[MirrorFile, ...]:
    """Return the files of the blocklist in force, which has also those that left the mirror."""
    try:
        content = json.loads((out / "runs" / LATEST / "blocklist.json").read_text(encoding="utf-8"))
        return tuple(
            MirrorFile(entry["filename"], entry["project"], entry["version"], entry["sha256"], "")
            for entry in content["entries"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ()
