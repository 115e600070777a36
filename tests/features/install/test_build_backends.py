"""The code that build backends run because of pyproject.toml is found."""

import pytest

from features.archive.retention import RawMember
from features.contract import FileType
from features.install.build_backends import find_backend_code
from features.install.named_files import NamedCode

FILES = ("tools/hook.py", "build.py", "backend/__init__.py", "backend/main.py", "cmd.py", "other.py")
HEAD = "[build-system]\nrequires = []\n"


def found(text: str, *more: str) -> tuple[list[str], list[str]]:
    members = {path: RawMember(path, 0, FileType.PYTHON) for path in (*FILES, *more)}
    members["pyproject.toml"] = RawMember("pyproject.toml", len(text), FileType.METADATA, text.encode())
    code = find_backend_code(members)
    return list(code.folders), list(code.files)


@pytest.mark.parametrize(
    ("folders", "text"),
    [
        (["_build/"], HEAD + 'backend-path = ["_build"]\n'),
        (["a/b/", "c/"], HEAD + 'backend-path = ["./a/b/", "x/../c", 7]\n'),
        (["_build/"], '["build-system"]\n"backend\\u002dpath" = ["_build"]\n'),
        (["_build/"], HEAD + 'backend-path = ["_build"]\n' + "x = [[[not toml"),
        (["providers/"], '[tool.scikit-build.metadata.version]\nprovider-path = "providers"\n'),
        ([], HEAD + 'backend-path = "_build"\n'),
        ([], HEAD + "backend-path = [[1]]\n"),
        ([], HEAD + "# backend-path\n"),
    ],
)
def test_folders_of_backends_and_providers_are_found(folders: list[str], text: str) -> None:
    assert (folders, []) == found(text)


@pytest.mark.parametrize(
    ("files", "text"),
    [
        (
            ["backend/main.py", "backend/__init__.py"],
            HEAD + 'backend-path = ["."]\nbuild-backend = "backend.main:api"\n',
        ),
        (["build.py"], '[tool.poetry]\nbuild = "build.py"\n'),
        (["build.py"], '[tool.poetry.build]\nscript = "./build.py"\n'),
        (["tools/hook.py"], '[tool.pdm.build]\ncustom-hook = "tools/hook.py"\n'),
        (["tools/hook.py"], '[tool.hatch.build.hooks.custom]\npath = "tools/hook.py"\n'),
        (["tools/hook.py"], '[tool.hatch.build.targets.wheel.hooks.custom]\npath = "tools/hook.py"\n'),
        (["build.py"], '[tool.hatch.version]\npath = "build.py"\n'),
        (["cmd.py"], '[tool.pdm.version]\ngetter = "cmd:version"\n'),
        (["cmd.py"], '[tool.setuptools.cmdclass]\nbuild_py = "cmd.Build"\n'),
        ([], '[tool.poetry]\nbuild = "none.py"\n'),
        ([], "[tool.poetry]\nbuild = 7\n"),
        ([], '[tool.other]\nbuild = "build.py"\n'),
        ([], HEAD + 'build-backend = "backend.main"\n'),
        ([], "[tool]\nhatch = 1\n# path\n"),
    ],
)
def test_files_that_a_key_names_are_found(files: list[str], text: str) -> None:
    assert ([], files) == found(text)


def test_hook_files_run_by_their_name_alone() -> None:
    assert ([], ["hatch_build.py", "pdm_build.py"]) == found("#", "pdm_build.py", "hatch_build.py")


@pytest.mark.parametrize("text", ["", None])
def test_without_a_pyproject_nothing_is_found(text: str | None) -> None:
    members = {"hatch_build.py": RawMember("hatch_build.py", 0, FileType.PYTHON)}
    if text is not None:
        members["pyproject.toml"] = RawMember("pyproject.toml", 0, FileType.EMPTY)
    assert NamedCode() == find_backend_code(members)
