"""Finds the code of commands in setup.cfg, which setuptools imports to build."""

import re

from features.install.named_files import Members, NamedCode, find_object_files
from features.text.decode import decode_text

_CHARS = 2**20
"""Characters of a setup.cfg that are searched."""
_COMMAND_KEYS = re.compile(
    r"^(cmdclass|command[_-]packages)[ \t]*=((?:[^\n]*\n(?=[ \t]))*[^\n]*)", re.MULTILINE | re.IGNORECASE
)
"""Keys that name command classes or packages of commands; a value continues on indented lines."""
_CLASS = re.compile(r"=[ \t]*([\w.]+)")
_PACKAGE = re.compile(r"[\w.]+")


def find_command_code(members: Members) -> NamedCode:
    """Return the folders of command packages and the files of command classes that setup.cfg names."""
    member = members.get("setup.cfg")
    if member is None or (b"cmdclass" not in member.data.lower() and b"packages" not in member.data):
        return NamedCode()
    folders: list[str] = []
    files: list[str] = []
    for key, value in _COMMAND_KEYS.findall(decode_text(member.data).text[:_CHARS]):
        if key.lower() == "cmdclass":
            for reference in _CLASS.findall(value):
                files += find_object_files(reference, members)
        else:
            folders += [f"{package.replace('.', '/')}/" for package in _PACKAGE.findall(value)]
    return NamedCode(folders, files)
