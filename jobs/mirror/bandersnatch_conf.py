"""Reads the options of a bandersnatch.conf that decide where the files of a mirror are.

bandersnatch's own reader is not used: it is a process-wide singleton that expands environment variables. This one
takes the file's text as it is, with the delimiters that bandersnatch uses.
"""

import configparser
import os
from dataclasses import dataclass
from pathlib import Path

from jobs.contract import JobsError

_MAX_CHARS = 4 * 2**20  # a filter list of a hundred thousand names fits
_TRUE = frozenset({"1", "yes", "true", "on"})


class MirrorError(JobsError):
    """A mirror that cannot be audited: `path` was given or read, and `reason` states what is wrong with it."""

    def __init__(self, path: Path, reason: str, hint: str) -> None:
        super().__init__(path, reason, hint)
        self.path = path
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True, slots=True)
class MirrorOptions:
    """Options of the section `[mirror]`, with bandersnatch's defaults."""

    directory: str = ""
    hash_index: bool = False
    simple_format: str = "ALL"
    """ALL, HTML or JSON, in upper case."""
    release_files: bool = True
    json: bool = False
    root_uri: str = ""
    keep_index_versions: int = 0


def parse_conf(path: Path) -> MirrorOptions:
    """Return the options of a bandersnatch.conf; sections and keys of plugins are ignored.

    Raises MirrorError if the file cannot be read or is no bandersnatch.conf, if it names no directory, or if the mirror
    is on storage that is not a file system.
    """
    parser = configparser.RawConfigParser(delimiters=("=",), strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # bandersnatch keeps the case of keys
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_MAX_CHARS + 1)
        if len(text) > _MAX_CHARS:
            raise _not_a_conf(path)
        parser.read_string(text, str(path))
    except (configparser.Error, UnicodeDecodeError) as error:
        raise _not_a_conf(path) from error
    except OSError as error:
        raise MirrorError(path, f"cannot be read ({error.strerror})", "run as a user who may read it") from error
    if not parser.has_section("mirror"):
        raise _not_a_conf(path)
    mirror = dict(parser.items("mirror"))
    backend = mirror.get("storage-backend", "filesystem").strip() or "filesystem"
    if backend != "filesystem":
        hint = "mount or copy the mirror to a file system and give that directory"
        raise MirrorError(path, f"keeps its mirror on storage-backend {backend}, not on a file system", hint)
    # bandersnatch interpolates values, so an operator writes each % twice.
    directory = mirror.get("directory", "").strip().replace("%%", "%")
    if not directory:
        hint = "add `directory = /path/of/the/mirror` to its [mirror] section, or give that directory instead"
        raise MirrorError(path, "has no `directory` in [mirror]", hint)
    keep = mirror.get("keep_index_versions", mirror.get("keep-index-versions", "0")).strip()
    return MirrorOptions(
        directory=directory,
        hash_index=_is_true(mirror.get("hash-index", "")),
        simple_format=mirror.get("simple-format", "").strip().upper() or "ALL",
        release_files=_is_true(mirror.get("release-files", "true")),
        json=_is_true(mirror.get("json", "")),
        root_uri=mirror.get("root_uri", "").strip().replace("%%", "%"),
        keep_index_versions=int(keep) if keep.isdecimal() else 0,
    )


def find_directory(conf: Path, options: MirrorOptions) -> Path:
    """Return the mirror's directory; a relative one starts at the working directory, as for bandersnatch.

    Raises MirrorError if it is no directory.
    """
    directory = Path(options.directory)
    if directory.is_dir():
        return directory
    state = "is not a directory" if os.path.lexists(directory) else "does not exist"
    hint = "run `bandersnatch mirror` first, or correct `directory` in [mirror]"
    raise MirrorError(conf, f"its mirror {directory} {state}", hint)


def _is_true(value: str) -> bool:
    return value.strip().lower() in _TRUE


def _not_a_conf(path: Path) -> MirrorError:
    hint = "give the mirror's directory, its bandersnatch.conf or a folder of files; `boojum scan` takes single files"
    return MirrorError(path, "is a file, and no bandersnatch.conf", hint)
