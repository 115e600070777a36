"""The pages that a stranger reads: their commands run, their tables are the code's, their links lead somewhere."""

import os
import re
import runpy
import shlex
import subprocess
import sys
import textwrap
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.contract import FileType, Kind, Member, Release, Role
from features.schema import feature_columns
from jobs.changes.schema import change_schema

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```console( no-test)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands(page: Path) -> Iterator[str]:
    """Yield the commands of the console blocks of a page; a line that goes on ends in a backslash or inside quotes."""
    for skipped, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        if skipped:
            continue
        command = ""
        for line in block.splitlines():
            if line.startswith("$ "):
                if command:
                    yield command
                command = line[2:]
            elif command and is_open(command):
                command += "\n" + line
        if command:
            yield command


def is_open(command: str) -> bool:
    try:
        return bool(shlex.split(command, comments=True)) and command.endswith("\\")
    except ValueError:
        return True


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which `boojum demo` has run."""
    folder = tmp_path_factory.mktemp("demo")
    assert run("boojum demo", folder).returncode == 0
    return folder


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        ["/bin/sh", "-c", command],
        check=False,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=250,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "command"),
    [pytest.param(page, c, id=f"{named(page)}: {c[:60]}") for page in PAGES for c in commands(page)],
)
def test_a_command_of_the_docs_runs(page, command, demo):
    done = run(command, demo)
    # Findings and damaged archives are no failure: the demonstration is full of them.
    assert done.returncode in {0, 1, 3}, f"{named(page)}: {command}\n{done.stdout}\n{done.stderr}"


def test_there_are_commands_to_run():
    assert 10 <= sum(1 for page in PAGES for _ in commands(page))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{named(page)} links to {target}"


def test_the_generated_pages_are_those_of_the_code():
    generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    hint = "run `make docs`"
    assert (ROOT / "docs" / "columns.md").read_text(encoding="utf-8") == generate["columns_page"](), hint
    assert (ROOT / "docs" / "change-columns.md").read_text(encoding="utf-8") == generate["change_columns_page"](), hint
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert generate["settings_tables"]() in operations, hint


def test_every_change_column_stands_once_on_its_page():
    page = (ROOT / "docs" / "change-columns.md").read_text(encoding="utf-8")
    assert sorted(change_schema().names) == sorted(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))


def steps_of_an_artifact() -> list[tuple[str, str]]:
    """Return (path, name) of each step in "One artifact's way"; paths below features/ are shortened there."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    way = page.partition("## One artifact's way")[2].partition("\n## ")[0]
    return re.findall(r"^   │ +([\w/*]+\.py) +(\w+)", way, re.MULTILINE)


def test_one_artifacts_way_has_steps():
    assert 15 <= len(steps_of_an_artifact())


@pytest.mark.parametrize(("path", "name"), steps_of_an_artifact(), ids=lambda part: part.replace("/", "."))
def test_a_step_of_one_artifacts_way_is_in_the_code(path, name):
    files = [*ROOT.glob(path), *(ROOT / "features").glob(path)]
    assert any(
        re.search(rf"^ *(?:def|class) {name}\b|^{name}\b.* = ", file.read_text(), re.MULTILINE) for file in files
    )


def test_the_walk_of_a_feature_group_counts_members_of_secret_folders(monkeypatch):
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    walk = page.partition("## Adding a feature group")[2]
    blocks = [
        textwrap.dedent(block) for block in re.findall(r"^ *```python\n(.*?)^ *```", walk, re.MULTILINE | re.DOTALL)
    ]
    modules = []
    for block in blocks:
        path = block.partition("\n")[0].removeprefix("# ")
        module = types.ModuleType(path.removesuffix(".py").replace("/", "."))
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(block, path, "exec"), module.__dict__)
        modules.append(module)
    group = modules[-1].SecretsGroup()
    members = tuple(Member(path, 1, FileType.TEXT, Role.REST) for path in ("a/.ssh/id", ".aws/b", "a/.ssh"))
    row = group.extract(Release("a-1.zip", "a", "1", Kind.SDIST, "zip", 1, members))
    assert {"secrets_members": 2} == row.values
    assert [column.name for column in group.columns] == list(row.values)


def test_the_reasons_of_the_readme_are_meanings_of_columns():
    shown = re.findall(r"^    because of (.*) \(\+", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert shown
    assert set(shown) <= {column.meaning for column in feature_columns()}


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= 1_000
