"""What a bandersnatch.conf says of its mirror, read without bandersnatch.

bandersnatch's own reader is a process-wide singleton that expands `%` and the environment of its time; this one
takes the file as it stands, with the delimiters that bandersnatch uses, and reads only what the walk needs.
"""

import configparser
import os
from dataclasses import dataclass
from pathlib import Path

from jobs.contract import JobsError

_LONGEST = 4 * 2**20  # bytes; a filter list of a hundred thousand names fits
_YES = frozenset({"1", "yes", "true", "on"})


class MirrorError(JobsError):
    """A mirror that cannot be audited: `path` is what was given or read, `reason` what is wrong with it."""

    def __init__(self, path: Path, reason: str, hint: str) -> None:
        super().__init__(path, reason, hint)
        self.path = path
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True, slots=True)
class MirrorOptions:
    """The options of `[mirror]` that decide where things stand; bandersnatch's defaults where there is no conf."""

    directory: str = ""
    hash_index: bool = False
    simple_format: str = "ALL"
    """ALL, HTML or JSON, in capitals."""
    release_files: bool = True
    json: bool = False
    root_uri: str = ""
    keep_index_versions: int = 0


def parse_conf(path: Path) -> MirrorOptions:
    """Read a bandersnatch.conf; unknown sections and keys are bandersnatch's or a plugin's and are left alone.

    Raises MirrorError where the file cannot be read or is no conf, names no directory, or keeps the mirror on
    storage that is not a file system.
    """
    parser = configparser.RawConfigParser(delimiters=("=",), strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # bandersnatch keeps the case of keys
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_LONGEST + 1)
        if len(text) > _LONGEST:
            raise _no_conf(path)
        parser.read_string(text, str(path))
    except (configparser.Error, UnicodeDecodeError) as error:
        raise _no_conf(path) from error
    except OSError as error:
        raise MirrorError(path, f"cannot be read ({error.strerror})", "run as a user who may read it") from error
    if not parser.has_section("mirror"):
        raise _no_conf(path)
    said = dict(parser.items("mirror"))
    backend = said.get("storage-backend", "filesystem").strip() or "filesystem"
    if backend != "filesystem":
        hint = "mount or copy the mirror to a file system and give that directory"
        raise MirrorError(path, f"keeps its mirror on storage-backend {backend}, not on a file system", hint)
    # bandersnatch expands `%`, so that an operator has to write it twice.
    directory = said.get("directory", "").strip().replace("%%", "%")
    if not directory:
        hint = "add `directory = /path/of/the/mirror` to its [mirror] section, or give that directory instead"
        raise MirrorError(path, "has no `directory` in [mirror]", hint)
    keep = said.get("keep_index_versions", said.get("keep-index-versions", "0")).strip()
    return MirrorOptions(
        directory=directory,
        hash_index=_is_yes(said.get("hash-index", "")),
        simple_format=said.get("simple-format", "").strip().upper() or "ALL",
        release_files=_is_yes(said.get("release-files", "true")),
        json=_is_yes(said.get("json", "")),
        root_uri=said.get("root_uri", "").strip().replace("%%", "%"),
        keep_index_versions=int(keep) if keep.isdecimal() else 0,
    )


def find_directory(conf: Path, options: MirrorOptions) -> Path:
    """Return the mirror's directory; a relative one counts from where boojum runs, as bandersnatch has it."""
    directory = Path(options.directory)
    if directory.is_dir():
        return directory
    state = "is not a directory" if os.path.lexists(directory) else "does not exist"
    hint = "run `bandersnatch mirror` first, or correct `directory` in [mirror]"
    raise MirrorError(conf, f"its mirror {directory} {state}", hint)


def _is_yes(said: str) -> bool:
    return said.strip().lower() in _YES


def _no_conf(path: Path) -> MirrorError:
    hint = "give the mirror's directory, its bandersnatch.conf or a folder of files; `boojum scan` takes single files"
    return MirrorError(path, "is a file, and no bandersnatch.conf", hint)
