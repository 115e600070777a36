"""Coverage-guided fuzzing by hand with atheris (libFuzzer): python tests/fuzz/fuzz_features.py TARGET CORPUS [-flags].

TARGET is one of archive, layout, metadata, code, binary, row; CORPUS a folder of small benign files of that sort, which
grows. Whatever leaves `features` as an exception, or stands in a row as an internal error, ends the run and leaves
the input behind; so do 60 seconds (-timeout=60) and 2 GiB (-rss_limit_mb=2048). Of layout an input is the files of `BUILD` below one another, apart by a zero byte:
what one of them names, executes or starts another for. Needs `pip install atheris`.
"""

import io
import logging
import sys
import tarfile
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["features"]):
    from features.archive.file_type import file_type_of
    from features.code.analyse_file import analyse_file
    from features.contract import FileType, Kind, Member, Release, Role
    from features.extract import extract_row
    from features.limits import Limits
    from features.opening import open_release
    from features.registry import GROUPS

LIMITS = Limits(inflated_bytes=64 * 2**20, kept_bytes=16 * 2**20, members=2_000, seconds=20.0)
NAMES = ("demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl", "demo-1.0.zip", "demo-1.0-py3.11.egg")
PLACES = {
    "metadata": (
        "demo-1.0/PKG-INFO", "demo-1.0/setup.cfg", "demo-1.0/pyproject.toml", "demo-1.0/setup.py",
        "demo-1.0/demo.egg-info/requires.txt", "demo-1.0/demo.egg-info/SOURCES.txt", "demo-1.0/entry_points.txt",
        "demo-1.0.dist-info/RECORD", "demo-1.0.dist-info/METADATA", "demo-1.0/LICENSE",
    ),
    "code": ("demo-1.0/setup.py", "demo-1.0/demo/__init__.py", "demo-1.0/demo/a.py", "demo-1.0/demo.pth", "demo-1.0/run.sh"),
    "binary": ("demo/a.so", "demo/a.pyd", "demo/a.pyc", "demo/a.pkl", "demo/__pycache__/a.cpython-311.pyc", "demo/a.bin"),
}  # fmt: skip
BUILD = ("setup.py", "data.txt", "setup.cfg", "pyproject.toml", "demo/__init__.py", "demo.egg-info/entry_points.txt")
GROUP_OF = {"metadata": "metadata", "code": "code", "binary": "binary"}


def in_place(target: str, data: bytes) -> None:
    """Show the content to the groups as one member, whose place its first byte chooses."""
    at = data[0] if data else 0
    places = PLACES[target]
    path, content = places[at % len(places)], data[1:]
    file_type = file_type_of(path, content[:4096], len(content))
    role = (Role.INSTALL, Role.IMPORT, Role.REST)[at // 16 % 3]
    member = Member(path, len(content), file_type, role, content, content[:4096], b"0" * 16)
    kind = Kind.WHEEL if "dist-info" in path else Kind.SDIST
    release = Release("demo-1.0.tar.gz", "demo", "1.0", kind, "tar.gz", len(data), (member,), "demo-1.0/")
    for group in GROUPS:
        row = group.extract(release)
        assert set(row.values) == {column.name for column in group.columns}
    if target == "code" and file_type is not FileType.PYTHON:
        analyse_file(content, role)


def sdist_of(data: bytes) -> bytes:
    """Return a source distribution of the files that the content holds."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, content in zip(BUILD, data.split(b"\0"), strict=False):
            member = tarfile.TarInfo(f"demo-1.0/{path}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def one_input(data: bytes) -> None:
    """Run the target that the command line names."""
    if TARGET in GROUP_OF:
        in_place(TARGET, data)
        return
    if TARGET == "layout":
        SCRATCH.write_bytes(sdist_of(data))
        open_release(SCRATCH, "demo-1.0.tar.gz", LIMITS)
        return
    name, content = NAMES[data[0] % len(NAMES) if data else 0], data[1:]
    SCRATCH.write_bytes(content)
    if TARGET == "archive":
        open_release(SCRATCH, name, LIMITS)
    else:
        row = extract_row(SCRATCH, name, LIMITS)
        assert "internal error" not in row.reason, row.reason


if __name__ == "__main__":
    TARGET = sys.argv.pop(1)
    assert TARGET in {*GROUP_OF, "archive", "layout", "row"}, __doc__
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        SCRATCH = Path(folder) / "input"
        atheris.Setup(sys.argv, one_input)
        atheris.Fuzz()
