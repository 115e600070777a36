"""The routing rule for Nexus, with the regular expressions of Python and, where there is one, of Java."""

import json
import re
import shutil
import subprocess

import pytest

from audit.blocklists.targets.contract import ExportOptions, Scope
from audit.blocklists.targets.nexus import RULE, NexusExport

BLOCKED = ("torch-1.0+cpu.tar.gz", "six-1.16.0-py3-none-any.whl")
REFUSED = (
    "/packages/torch/1.0+cpu/torch-1.0+cpu.tar.gz",
    "/packages/torch-1.0%2Bcpu.tar.gz",
    "/packages/aa/bb/six-1.16.0-py3-none-any.whl",
    "/six-1.16.0-py3-none-any.whl.metadata",
    "six-1.16.0-py3-none-any.whl",
)
SERVED = (
    "/simple/six/",
    "/packages/six-1.16.1-py3-none-any.whl",
    "/packages/six-1x16.0-py3-none-any.whl",
    "/packages/not-six-1.16.0-py3-none-any.whl",
    "/packages/torch-1.0cpu.tar.gz",
    "/packages/six-1.16.0-py3-none-any.whl/other",
    "",
    "/",
)
JAVA = """public class Match { public static void main(String[] a) throws Exception {
  String[] all = new String(System.in.readAllBytes(), "UTF-8").split("\\n", -1); int n = Integer.parseInt(a[0]);
  for (int i = n; i < all.length; i++) { boolean hit = false;
    for (int j = 0; j < n; j++) hit |= java.util.regex.Pattern.matches(all[j], all[i]);
    System.out.println(hit); } } }"""


def rule_of(listed, **options):
    return json.loads(NexusExport().export(listed, ExportOptions(**options)).files[RULE])


@pytest.fixture
def listed(record, finding):
    return record(*(finding(n, filename=name, path=f"packages/{name}") for n, name in enumerate(BLOCKED)))


def matches(rule, path):
    return any(re.fullmatch(matcher, path) for matcher in rule["matchers"])


def test_a_rule_has_the_fields_of_the_rest_api_and_matches_the_files_alone(listed):
    rule = rule_of(listed)
    assert ("boojum", "BLOCK", {"name", "description", "mode", "matchers"}) == (rule["name"], rule["mode"], set(rule))
    assert [] == [path for path in REFUSED if not matches(rule, path)]
    assert [] == [path for path in SERVED if matches(rule, path)]


def test_a_rule_of_an_empty_list_has_a_matcher_that_matches_nothing(record):
    assert ["(?!)"] == rule_of(record())["matchers"]
    assert not any(matches(rule_of(record()), path) for path in (*REFUSED, *SERVED))


def test_a_project_is_matched_only_with_leave(record, finding):
    rule = rule_of(record(finding(1, filename="a b.tar.gz", path="packages/a b.tar.gz")), widen=Scope.PROJECT)
    assert [True, False] == [matches(rule, path) for path in ("/simple/project-1/", "/simple/project-10/")]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java here")
@pytest.mark.parametrize("empty", [False, True])
def test_java_reads_the_matchers_alike(listed, record, tmp_path, empty):
    matchers = rule_of(record() if empty else listed)["matchers"]
    (tmp_path / "Match.java").write_text(JAVA)
    done = subprocess.run(
        ["java", tmp_path / "Match.java", str(len(matchers))],
        input="\n".join([*matchers, *REFUSED, *SERVED]),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ["false" if empty else "true"] * len(REFUSED) + ["false"] * len(SERVED) == done.stdout.split()
