"""Finds the files of a distribution whose code runs at build, install or interpreter start."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from features.archive.retention import RawMember, keep_as_code
from features.contract import FileType
from features.install.build_backends import find_backend_code
from features.install.executed_texts import EXECUTED_BINARY, mark_as_executed
from features.install.followed_files import find_followed_files
from features.install.layout import InstallLayout
from features.install.named_data import find_named_data
from features.install.named_files import Members
from features.install.roles import runs_at_install
from features.install.setup_commands import find_command_code
from features.install.setuptools_hooks import find_entry_point_files, find_version_files
from features.runtime.deadline import Deadline

_FOLLOWED_TYPES = frozenset((FileType.PYTHON, FileType.PTH))
_MAX_FOLDERS = 1_000
"""Number of install folders, since every member's path is compared with each of them."""


def find_install_files(
    layout: InstallLayout, members: Sequence[tuple[str, RawMember]], deadline: Deadline
) -> InstallLayout:
    """Return the layout with the install folders and files that are found before the deadline.

    `members` are the visible members of the outermost archive with their normalised paths. A text that is executed and
    holds Python becomes a Python member; binary data that is executed or read by a program becomes a text.
    """
    # Of several members with the same path, the last one remains on disk.
    by_path = {path.removeprefix(layout.root): member for path, member in members}
    files: set[str] = set()
    if layout.runs_setup:
        files.update(_misplaced_setup_files(layout, by_path))
        files.update(find_entry_point_files(by_path))
        backend, commands = find_backend_code(by_path), find_command_code(by_path)
        files.update(backend.files, commands.files)
        for path in files:
            mark_as_executed(by_path[path], "", 0)
        folders = dict.fromkeys(chain(backend.folders, commands.folders))
        layout = replace(layout, install_folders=tuple(islice(folders, _MAX_FOLDERS)))
    layout = replace(layout, install_files=frozenset(files))
    started = [
        path
        for path, member in by_path.items()
        if member.file_type in _FOLLOWED_TYPES and runs_at_install(path, member.file_type, layout)
    ]
    files.update(find_followed_files(started, by_path, deadline))
    if layout.runs_setup:
        files.update(find_version_files(by_path, deadline))
        for path in find_named_data(by_path, deadline):
            keep_as_code(by_path[path], FileType.TEXT, EXECUTED_BINARY)
    return replace(layout, install_files=frozenset(files))


def _misplaced_setup_files(layout: InstallLayout, members: Members) -> Iterator[str]:
    """Yield every setup.py one folder down if the archive has neither a root nor a setup.py at its top."""
    if not layout.root and "setup.py" not in members:
        yield from (path for path in members if path.lower().endswith("/setup.py") and path.count("/") == 1)
