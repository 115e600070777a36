"""The commands that setup.cfg adds to setuptools lead to their code."""

import pytest

from features.archive.retention import RawMember
from features.contract import FileType
from features.install.named_files import NamedCode
from features.install.setup_commands import find_command_code


def found(text: str) -> tuple[list[str], list[str]]:
    members = {path: RawMember(path, 0, FileType.PYTHON) for path in ("a/__init__.py", "a/b.py", "c.py")}
    members["setup.cfg"] = RawMember("setup.cfg", len(text), FileType.METADATA, text.encode())
    code = find_command_code(members)
    return list(code.folders), list(code.files)


@pytest.mark.parametrize(
    ("folders", "files", "text"),
    [
        (
            [],
            ["a/b.py", "a/__init__.py", "c.py"],
            "[options]\ncmdclass =\n  build = a.b.Build\n  install = c.Install\n",
        ),
        ([], ["c.py"], "[options]\nCmdClass = build=c.Build\n[other]\nx = a.b.C\n"),
        (["a/b/", "c/"], [], "[global]\ncommand_packages = a.b, c\n"),
        (["a/"], [], "[global]\ncommand-packages=a\n"),
        ([], [], "[options]\npackages = a\n"),
        ([], [], "# cmdclass = build = c.Build\n"),
        ([], [], ""),
    ],
)
def test_command_classes_and_packages_are_found(folders: list[str], files: list[str], text: str) -> None:
    assert (folders, files) == found(text)


def test_without_a_setup_cfg_nothing_is_found() -> None:
    assert NamedCode() == find_command_code({})
