"""The house: which room may import which, what may be imported where, and what must be registered."""

import ast
import importlib.metadata
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("features", "model", "jobs", "audit")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
ONLY_IN = {
    "sklearn": {"model"},
    "xgboost": {"model"},
    "skops": {"model"},
    "dask": {"jobs"},
    "distributed": {"jobs"},
    "argparse": {"audit"},
    "tqdm": {"audit"},
    "jinja2": {"audit"},
    "pickle": set(),
    "requests": set(),
}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


ORDER = (
    ("features.runtime",),
    ("features.contract", "features.limits"),
    ("features.file_type_index",),
    ("features.archive",),
    ("features.text",),
    ("features.code.contract",),
    ("features.code.parse",),
    ("features.code.evaluate",),
    ("features.packaging",),
    ("features.install",),
    ("features.host_list",),
    ("features.binary",),
    ("features.reference",),
    ("features.packaging.declared", "features.files"),
    ("features.surfaces",),
    ("features.code.detect",),
    ("features.code.analysed_file",),
    ("features.code.reach",),
    ("features.evidence_selection", "features.marks", "features.place_keys"),
    ("features.code",),
    ("features.completeness", "features.evidence_text"),
    ("features.groups",),
    ("features.registry",),
    ("features.schema",),
    ("features.evidence_context", "features.member_list"),
    ("features.opening",),
    ("features.extract",),
    ("features",),
    ("model.errors",),
    ("model.contract", "model.arrays", "model.words", "model.mark_meanings"),
    ("model.members",),
    ("model.frame",),
    ("model.learners.xgboost_trees", "model.learners.logistic"),
    ("model.member_scorer",),
    ("model.learners",),
    ("model.registry",),
    ("model.rows",),
    ("model.stack",),
    ("model.splits", "model.thresholds"),
    ("model.floors", "model.reasons"),
    ("model.metrics",),
    ("model.scoring", "model.judgement"),
    ("model.change",),
    ("model.saved",),
    ("model.training",),
    ("model.evaluation",),
    ("model",),
    ("jobs.contract",),
    ("jobs.mirror",),
    ("jobs.store",),
    ("jobs.confine.system_calls",),
    ("jobs.confine",),
    ("jobs.run.interrupts", "jobs.run.local_worker", "jobs.run.scheduler"),
    ("jobs.run.cluster",),
    ("jobs.run.dispatch",),
    ("jobs.changes.ragged",),
    ("jobs.changes.comparable_paths",),
    ("jobs.changes.member_pairs", "jobs.changes.pairs", "jobs.changes.contract"),
    ("jobs.changes.parts",),
    ("jobs.changes.registry",),
    ("jobs.changes.schema",),
    ("jobs.changes",),
    ("jobs.run",),
    ("jobs.hunt",),
    ("jobs",),
    ("audit",),
    ("audit.commands",),
    ("audit.cli",),
)
"""Rooms and sub-rooms from the ground up: each may import what stands above it in this list, and its own modules."""


def floor_of(module: str) -> int:
    """Return the place in ORDER of the longest name that a module stands below."""
    return max((len(name), floor) for floor, names in enumerate(ORDER) for name in names if is_below(module, name))[1]


def is_below(module: str, name: str) -> bool:
    return module == name or module.startswith(f"{name}.")


def our_imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ROOMS:
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                found.add(module if (ROOT / module.replace(".", "/")).with_suffix(".py").exists() else node.module)
    return found


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_imports_upwards(path):
    above = set(ROOMS[ROOMS.index(room_of(path)) + 1 :])
    assert not {name for name in imports_of(path) if name.split(".")[0] in above}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sub_room_imports_one_above_it(path):
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    assert not {name for name in our_imports(path) if floor_of(name) > floor_of(module)}


def test_archive_imports_none_of_its_siblings():
    allowed = {"features.archive", "features.contract", "features.limits", "features.runtime"}
    for path in (ROOT / "features" / "archive").rglob("*.py"):
        assert not {name for name in our_imports(path) if not any(is_below(name, one) for one in allowed)}, path


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_library_stays_in_its_room(path):
    for name in imports_of(path):
        allowed = ONLY_IN.get(name.split(".")[0])
        assert allowed is None or room_of(path) in allowed, f"{name} in {path}"


COMMAND_LINE = (ROOT / "audit" / "cli.py", *(ROOT / "audit" / "commands").rglob("*.py"))


def test_only_the_command_line_parses_arguments_prints_and_exits():
    for path in MODULES:
        if path in COMMAND_LINE:
            continue
        assert "argparse" not in imports_of(path), path
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in {"print", "sys.exit", "exit", "quit"}, f"{path}:{node.lineno}"


def test_every_feature_group_on_disk_is_registered():
    from features.registry import GROUPS

    there = {path.stem for path in (ROOT / "features" / "groups").glob("*.py")} - {"__init__"}
    assert there == {group.name for group in GROUPS}


def test_no_other_distribution_owns_our_names():
    owners = importlib.metadata.packages_distributions()
    for room in ROOMS:
        assert set(owners.get(room, ["boojum"])) == {"boojum"}


def test_tests_are_no_package():
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_nothing_committed_names_a_registry_host_or_this_place():
    words = ("pypi" + ".org", "/wo" + "rk/", "files.python" + "hosted.org")
    for path in [*MODULES, *(ROOT / "tests").rglob("*.py"), ROOT / "README.md", ROOT / "Makefile"]:
        text = path.read_text(encoding="utf-8")
        assert not [word for word in words if word in text], path


TESTED_ELSEWHERE = {
    "audit/sql_text.py": "tests/audit/test_query.py",
    "audit/feeds/source.py": "tests/audit/feeds/test_store.py",
    "audit/feeds/lists.py": "tests/audit/feeds/test_store.py",
    "audit/feeds/snapshot.py": "tests/audit/feeds/test_store.py",
    "audit/feeds/recognition.py": "tests/audit/feeds/test_store.py",
    "audit/feeds/registry.py": "tests/audit/feeds/test_store.py",
    "audit/feeds/listing.py": "tests/audit/feeds/test_store.py",
    "audit/feeds/entry.py": "tests/audit/feeds/test_store.py",
    "audit/feeds/matching.py": "tests/audit/feeds/test_night.py",
    "audit/feeds/upstream.py": "tests/audit/feeds/test_night.py",
    "audit/feeds/dependents.py": "tests/audit/feeds/test_night.py",
    "audit/feeds/wording.py": "tests/audit/feeds/test_night.py",
    "audit/feeds/contract.py": "tests/audit/feeds/test_store.py",
    "audit/commands/feed/add.py": "tests/audit/commands/feed/test_feed.py",
    "audit/commands/feed/list.py": "tests/audit/commands/feed/test_feed.py",
    "audit/commands/feed/read.py": "tests/audit/commands/feed/test_feed.py",
    "audit/commands/feed/remove.py": "tests/audit/commands/feed/test_feed.py",
    "audit/waived_scan.py": "tests/audit/test_scan.py",
    "features/code/detect/contract.py": "tests/features/code/detect/test_registry.py",
    "features/code/evaluate/expressions.py": "tests/features/code/evaluate/test_interpret.py",
    "features/code/parse/symbol_table.py": "tests/features/code/parse/test_tree_walk.py",
    "model/learners/decision_tree.py": "tests/model/learners/test_estimator.py",
    "model/learners/naive_bayes.py": "tests/model/learners/test_estimator.py",
    "model/learners/perceptron.py": "tests/model/learners/test_estimator.py",
    "model/learners/random_forest.py": "tests/model/learners/test_estimator.py",
    "model/learners/support_vectors.py": "tests/model/learners/test_estimator.py",
    "jobs/corpus/payloads/places/agent.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/blind_code.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/blind_files.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/blind_functions.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/blind_names.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/blind_dresses.py": "tests/jobs/corpus/payloads/test_dresses.py",
    "jobs/corpus/payloads/blind_honest.py": "tests/jobs/corpus/payloads/test_honest.py",
    "jobs/corpus/payloads/places/data.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/entry.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/foreign.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/fresh_code.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/fresh_files.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/fresh_names.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/fresh_dresses.py": "tests/jobs/corpus/payloads/test_dresses.py",
    "jobs/corpus/payloads/places/imported.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/inner.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/install.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/metadata.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/native.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/patched.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/requirement.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/compiled.py": "tests/jobs/corpus/payloads/places/test_sources_of_hosts.py",
    "jobs/corpus/payloads/places/data_code.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/declared.py": "tests/jobs/corpus/payloads/places/test_sources_of_hosts.py",
    "jobs/corpus/payloads/places/pages.py": "tests/jobs/corpus/payloads/places/test_sources_of_hosts.py",
    "jobs/corpus/payloads/places/published.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/settings.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/corpus/payloads/places/startup.py": "tests/jobs/corpus/payloads/places/test_families.py",
    "jobs/contract.py": "tests/audit/test_error_status.py",
    "audit/decisions/contract.py": "tests/audit/decisions/test_matching.py",
    "audit/contract.py": "tests/audit/test_serialization.py",
    "audit/hunting/contract.py": "tests/audit/hunting/test_store.py",
    "audit/errors.py": "tests/audit/test_error_status.py",
    "audit/commands/corpus/arguments.py": "tests/audit/commands/corpus/test_builders.py",
    "audit/commands/corpus/benign.py": "tests/audit/commands/corpus/test_builders.py",
    "audit/commands/corpus/malicious.py": "tests/audit/commands/corpus/test_builders.py",
    "audit/commands/corpus/payloads.py": "tests/audit/commands/corpus/test_builders.py",
    "audit/commands/corpus/releases.py": "tests/audit/commands/corpus/test_builders.py",
    "audit/commands/corpus/rows.py": "tests/audit/commands/corpus/test_builders.py",
    "audit/commands/corpus/sample.py": "tests/audit/commands/corpus/test_builders.py",
    "audit/commands/corpus/variants.py": "tests/audit/commands/corpus/test_builders.py",
    "audit/commands/corpus/words.py": "tests/audit/commands/corpus/test_builders.py",
}
"""Modules of types, or of one kind, whose tests stand together in another file."""


def has_logic(path: Path) -> bool:
    """Return whether a module defines a function with a body: more than a docstring, and more than a magic method."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef):
            steps = [
                step for step in node.body if not (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant))
            ]
            if steps and not (len(steps) == 1 and node.name.startswith("__")):
                return True
    return False


def test_every_module_with_logic_has_its_test_file():
    missing = []
    for path in MODULES:
        name = str(path.relative_to(ROOT))
        mirrored = f"tests/{path.parent.relative_to(ROOT)}/test_{path.name}"
        if (
            path.name != "__init__.py"
            and has_logic(path)
            and not (ROOT / TESTED_ELSEWHERE.get(name, mirrored)).exists()
        ):
            missing.append(f"{name}: {mirrored}")
    assert not missing


def test_what_is_tested_elsewhere_is_still_there():
    assert not [name for name in TESTED_ELSEWHERE if not (ROOT / name).exists()]


def test_docstrings_of_modules_begin_with_what_the_module_does():
    riddle = re.compile(r"(?:What|Which|Where|How|That|Who|Whether)\b")
    assert not [path for path in MODULES if riddle.match(ast.get_docstring(tree_of(path)) or "")]


def test_no_module_is_too_long_to_read():
    long = {path: path.read_text(encoding="utf-8").count("\n") for path in MODULES}
    assert not {path: lines for path, lines in long.items() if lines > 450}
