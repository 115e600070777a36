"""Holds the walks of CONTRIBUTING.md to the code: each block is executed and used as the page describes."""

import re
import subprocess
import sys
import tomllib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from audit.blocklists.contract import Blocklist, BlocklistEntry
from audit.blocklists.targets.contract import ExportOptions
from audit.exits import Exit
from features.code.detect.contract import CallSite, FileContext
from features.code.evaluate.acting_functions import ActingFunctions
from features.code.evaluate.api_behaviours import find_behaviours
from features.code.evaluate.dataflow import DataFlow
from features.contract import FileType, Kind, Member, Release, Role
from features.schema import fingerprint
from features.text.indicator_file import parse_indicators
from tests.audit.conftest import make_document, make_finding
from tests.features.code.conftest import build_resolver
from tests.test_layout import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MODULES: dict[str, str] = dict(re.findall(r"`([a-z_/]+\.py)`:\n\n```python\n(.*?)```", PAGE, re.DOTALL))
TOML = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def walk(path: str) -> Any:
    """Execute the block for a path and return an instance or, for a detector, the class that it defines."""
    namespace: dict[str, Any] = {"__name__": path.removesuffix(".py").replace("/", ".")}
    exec(compile(MODULES[path], path, "exec"), namespace)
    [found] = [v for v in namespace.values() if isinstance(v, type) and v.__module__ == namespace["__name__"]]
    return found if "/detect/" in path else found()


def test_there_is_a_walk_for_each_part_with_code():
    folders = {path.rpartition("/")[0] for path in MODULES}
    assert {
        "features/groups",
        "features/code/detect",
        "audit/reports",
        "audit/blocklists/targets",
        "audit/commands",
    } == folders
    assert "docs/model.md" in PAGE


@pytest.mark.parametrize("path", [path for path in MODULES if "/detect/" not in path])
def test_a_file_has_the_name_of_its_part(path):
    assert path.rpartition("/")[2] == f"{walk(path).name}.py"


@pytest.mark.parametrize("path", MODULES)
def test_a_walk_passes_the_linter(path):
    ruff = Path(sys.executable).with_name("ruff")
    command = [ruff, "check", "--quiet", "--no-cache", "--stdin-filename", ROOT / path, "-"]
    done = subprocess.run(command, input=MODULES[path], capture_output=True, text=True, check=False, cwd=ROOT)
    assert "" == done.stdout + done.stderr


def test_the_feature_group_counts_comment_lines():
    group = walk("features/groups/comments.py")
    source = Member("a.py", 1, FileType.PYTHON, Role.REST, data=b"# one\nx = 1  # not a line\n  # two\n")
    text = Member("a.txt", 1, FileType.TEXT, Role.REST, data=b"# no source\n")
    row = group.extract(Release("a-1.zip", "a", "1", Kind.SDIST, "zip", 1, (source, text)))
    assert {"comments_lines": 2} == row.values
    assert [column.name for column in group.columns] == list(row.values)


def test_the_detector_matches_a_wrong_clock():
    detector = walk("features/code/detect/frozen_clocks.py")

    def rules(source: str) -> list[str]:
        resolver = build_resolver(source)
        context = FileContext(resolver, DataFlow(resolver), ActingFunctions(resolver), Role.REST)
        [(call, scope, flags)] = resolver.symbols.calls
        site = CallSite(call, scope, scope, flags, "os.system", find_behaviours("os.system"), runs=True)
        assert detector.behaviours & set(site.behaviours)
        return [detection.rule for detection in detector(context).check_call(site)]

    assert ["frozen_clock"] == rules("import os\nos.system('faketime ' + '2020-01-01 ls')")
    assert [] == rules("import os\nos.system('ls')")
    assert ("frozen_clock",) == detector.rules


def test_the_report_escapes_names():
    report = walk("audit/reports/names.py")
    document = make_document(make_finding(filename="a\n\u202e.whl"))
    assert "a\\u{a}\\u{202e}.whl\n" == report.render(document)


def test_the_blocklist_has_one_digest_a_line():
    entry = BlocklistEntry("", "a", "1", "a-1.zip", "b" * 64, "", 1.0, "malicious", (), "", "", "")
    listed = Blocklist(1, "", "", "", "", "", "", 0, (entry, entry))
    export = walk("audit/blocklists/targets/digests.py").export(listed, ExportOptions())
    assert {"digests.txt": "b" * 64 + "\n"} == export.files
    assert () == export.widened


def test_the_command_prints_the_fingerprint(capsys):
    command = walk("audit/commands/version.py")
    parser = ArgumentParser()
    command.add_arguments(parser)
    assert Exit.COMPLETE == command.run(parser.parse_args([]))
    assert f"{fingerprint()}\n" == capsys.readouterr().out


def test_the_indicator_is_the_shipped_one_with_its_cases():
    entry, cases = TOML
    [indicator] = parse_indicators(entry)
    [shipped] = [i for i in parse_indicators((ROOT / "features/indicators.toml").read_text()) if i.id == indicator.id]
    assert shipped == indicator
    listed = tomllib.loads((ROOT / "tests/features/text/indicator_cases.toml").read_text())
    assert tomllib.loads(cases)[indicator.id] == listed[indicator.id]
    for text, is_found in ((listed[indicator.id]["lookalikes"][0], True), (listed[indicator.id]["twins"][0], False)):
        assert is_found == bool(re.search(indicator.pattern, text))


def test_every_path_that_the_page_names_exists():
    named = re.findall(r"`((?:features|model|jobs|audit|tests|docs)/[\w./]+)`", PAGE)
    new = {*MODULES, "tests/features/groups/test_comments.py", "tests/features/code/detect/test_frozen_clocks.py"}
    generated = {"docs/columns.md"}
    assert not [path for path in named if path not in new | generated and not (ROOT / path).exists()]


def test_every_make_target_that_the_page_names_exists():
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"\$ make ([a-z]+)", PAGE)) <= set(targets)
