"""Reads the entry points that a release declares: commands that it installs, plugins of other programs."""

from features.contract import DeclaredEntryPoint, Kind, Member, Release
from features.packaging.entry_point_syntax import MOST_ENTRY_POINTS, entry_points_of_text
from features.packaging.metadata import METADATA_BYTES, static_metadata
from features.packaging.setup_files import StaticMetadata, read_pyproject, read_setup_cfg, read_setup_py

_READERS = {"pyproject.toml": read_pyproject, "setup.cfg": read_setup_cfg, "setup.py": read_setup_py}
_FOLDERS = (".dist-info/entry_points.txt", ".egg-info/entry_points.txt")
_NAMES = ("entry_points.txt", *_READERS)
_WORDS = (b"scripts", b"entry", b"plugins")


def read_entry_points(release: Release) -> tuple[DeclaredEntryPoint, ...]:
    """Return the distinct entry points of a release, sorted.

    They are those of entry_points.txt, else the literal ones of the setup files of an sdist. Nothing is executed.
    """
    setup_files: list[Member] = []
    found: list[DeclaredEntryPoint] = []
    written = False
    for member in release.members:
        if not member.path.endswith(_NAMES):
            continue
        path = member.path.removeprefix(release.root)
        if path.endswith(_FOLDERS) or path == "EGG-INFO/entry_points.txt":
            if "!/" not in path and member.kept:
                written = True
                found += entry_points_of_text(member.data[:METADATA_BYTES].decode("utf-8", "replace"))
        elif path in _READERS and any(word in member.data for word in _WORDS):
            setup_files.append(member)
    if not written and release.kind is not Kind.WHEEL:
        for member in setup_files:
            found += _of_setup_file(member, release.root).entry_points
    return tuple(sorted(set(found))[:MOST_ENTRY_POINTS])


def _of_setup_file(member: Member, root: str) -> StaticMetadata:
    return static_metadata(_READERS[member.path.removeprefix(root)], member)
