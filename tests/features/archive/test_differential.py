"""What tarfile, zipfile and pip read of an archive is a member here, or it is named that something was not examined.

BOOJUM_FUZZ_CASES is the number of cases of each target, and BOOJUM_FUZZ_FIRST the number of the first. In
BOOJUM_FUZZ_PYTHONS may stand other interpreters, apart by colons: their readers are asked as well.
"""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from posixpath import basename

import pytest
from xxhash import xxh3_128_digest

from features.archive.collection import decode_name
from features.contract import Status
from features.limits import Limits
from features.opening import open_release

FUZZ = Path(__file__).parents[2] / "fuzz"
sys.path.insert(0, str(FUZZ))
make_case = import_module("archive_cases").make_case  # `tests` is no package

CASES = int(os.environ.get("BOOJUM_FUZZ_CASES", "300"))
FIRST = int(os.environ.get("BOOJUM_FUZZ_FIRST", "0"))
PYTHONS = [sys.executable, *filter(None, os.environ.get("BOOJUM_FUZZ_PYTHONS", "").split(":"))]
BATCH = 500

File = tuple[str, bytes]


def standard(python: str, target: str, paths: list[Path]) -> Iterator[set[File]]:
    """Yield the files that a reader yields, for each archive: the last part of its name, and the digest of its content."""
    asked = subprocess.run(
        [python, "-W", "ignore", str(FUZZ / "standard_readers.py"), target],
        input="".join(f"{path}\n" for path in paths),
        capture_output=True,
        text=True,
        check=True,
    )
    for line in asked.stdout.splitlines():
        yield {
            (last_part(decode_name(base64.b64decode(name))), xxh3_128_digest(base64.b64decode(content)))
            for name, content in json.loads(line)
            if content
        }


def last_part(name: str) -> str:
    """Return the last part of a name without letters beyond ASCII, which readers decode in several ways."""
    return "".join(filter(str.isascii, basename(name.rstrip("/"))))


def read(path: Path) -> tuple[set[File], bool]:
    """Return the same of our members, and whether it is named that something was not examined or is ambiguous."""
    opened = open_release(path, path.name, Limits())
    if opened.release is None:
        return set(), True
    found = {(last_part(member.path), member.digest) for member in opened.release.members}
    return found, opened.status is not Status.OK or "ambiguous_header" in opened.release.anomalies


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("target", ["tar", "zip", "pip"])
def test_whatever_a_standard_reader_yields_is_examined_or_named(target: str, python: str, tmp_path: Path) -> None:
    if target == "pip" and subprocess.run([python, "-c", "import pip"], check=False, capture_output=True).returncode:
        pytest.skip("pip is not installed")
    missed: list[tuple[int, list[str]]] = []
    named = files = 0
    for first in range(FIRST, FIRST + CASES, BATCH):
        paths = []
        for number in range(first, min(first + BATCH, FIRST + CASES)):
            name, data = make_case(target, number)
            folder = tmp_path / str(number)
            folder.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
            paths.append(folder / name)
        for path, theirs in zip(paths, standard(python, target, paths), strict=True):
            ours, is_named = read(path)
            path.unlink()
            files += len(theirs)
            if absent := sorted(name for name, _ in theirs - ours):
                named += is_named
                if not is_named:
                    missed.append((int(path.parent.name), absent))
    print(f"{target}, {python}: {CASES} cases, {files} files, {named} cases named, {len(missed)} missed")
    assert missed == [], missed
    assert files
