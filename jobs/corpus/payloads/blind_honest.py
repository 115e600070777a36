"""Honest changes in the places and forms of the families of the split blind, without their harm: its twins."""

import json

from jobs.corpus.payloads.blocks import choose_block
from jobs.corpus.payloads.contract import BLIND, HonestChange
from jobs.corpus.payloads.declarations import add_entry_point, info_folder
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.places.blind_code import data_folder
from jobs.corpus.payloads.places.blind_functions import decorate


def _module(draft: Draft, kind: str, name: str) -> None:
    block = choose_block("honest", BLIND, draft.rng, kind)
    draft.act = block.name
    draft.put_new(f"{draft.folder}{name}.py", draft.words.render(block.text))


def usage_counts(draft: Draft) -> None:
    """Count the use of functions, with a way to turn that off, and without anything of the user's."""
    name = draft.rng.choice(("_stats", "usage", "_analytics"))
    _module(draft, "telemetry", name)
    draft.insert_in_function(
        f"from {draft.import_name} import {name}\n{name}.count({draft.words.word()!r}, {draft.package.version!r})\n"
    )


def newer_version(draft: Draft) -> None:
    """Ask an index for a newer version once a day, and tell about it."""
    name = draft.rng.choice(("_update", "version_check", "_notice"))
    _module(draft, "update", name)
    draft.insert_in_function(
        f"import warnings\n\nfrom {draft.import_name}.{name} import newer_version\n\nif newest := newer_version({draft.package.version!r}):\n    warnings.warn(f'version {{newest}} is out', stacklevel=2)\n"
    )


def log_files(draft: Draft) -> None:
    """Bring a handler that keeps logs in files."""
    name = draft.rng.choice(("_logging", "logfiles"))
    _module(draft, "logs", name)
    draft.insert(draft.init, f"from {draft.import_name}.{name} import add_file  # noqa: F401\n")


def test_plugin(draft: Draft) -> None:
    """Register fixtures as a plugin of pytest."""
    info = info_folder(draft.files)
    if not info:
        raise draft.fail("has no folder of metadata")
    name = draft.rng.choice(("_pytest_plugin", "fixtures"))
    _module(draft, "plugin", name)
    line = f"{draft.package.project.lower()} = {draft.import_name}.{name}"
    for path, data in add_entry_point(draft.files, info, "pytest11", line).items():
        draft.put(path, data)


def start_line(draft: Draft) -> None:
    """Bring a start-up file as tools of this kind have it: one that measures coverage, or adds a folder."""
    folder = f"{draft.root}{draft.import_name.replace('.', '/')}_vendor"
    text = draft.rng.choice((
        "import os; os.environ.get('COVERAGE_PROCESS_START') and __import__('coverage').process_startup()\n",
        f"{folder.rpartition('/')[2]}\n",
        f"import sys; sys.modules.setdefault('{draft.import_name}_flags', type(sys)('{draft.import_name}_flags'))\n",
    ))  # fmt: skip
    draft.put_new(f"{draft.root}{draft.package.project.lower()}.pth", text)


def installed_data(draft: Draft) -> None:
    """Install a completion, a page of the manual or a kernel through the data folder of a wheel."""
    word = draft.package.project.lower()
    name, text = draft.rng.choice((
        (f"share/bash-completion/completions/{word}", f"_{word}() {{\n    COMPREPLY=($(compgen -W 'run check --help' -- \"${{COMP_WORDS[COMP_CWORD]}}\"))\n}}\ncomplete -F _{word} {word}\n"),
        (f"share/man/man1/{word}.1", f".TH {word.upper()} 1\n.SH NAME\n{word} \\- a tool\n"),
        (f"share/jupyter/kernels/{word}/kernel.json", json.dumps({"argv": ["python", "-m", word, "-f", "{connection_file}"], "display_name": word, "language": "python"}, indent=1)),
        (f"share/jupyter/labextensions/{word}/package.json", json.dumps({"name": word, "version": draft.package.version, "jupyterlab": {"extension": True}}, indent=1)),
    ))  # fmt: skip
    draft.put_new(f"{data_folder(draft)}/data/{name}", text)


def timed_functions(draft: Draft) -> None:
    """Decorate functions, so that the time that each takes is logged."""
    name = draft.rng.choice(("timed", "_logged", "measure"))
    decorate(draft, (
        f'import functools\nimport logging\nimport time\n\n\ndef {name}(function):\n    """Log how long a call takes."""\n\n    @functools.wraps(function)\n    def wrapper(*args, **kwargs):\n        start = time.perf_counter()\n'
        "        try:\n            return function(*args, **kwargs)\n        finally:\n            logging.getLogger(__name__).debug('%s: %.3f s', function.__name__, time.perf_counter() - start)\n\n    return wrapper\n"
    ), name)  # fmt: skip


def developer_files(draft: Draft) -> None:
    """Bring what developers and their agents use: tasks, hooks, a pipeline, an environment, instructions."""
    name, text = draft.rng.choice((
        ("tox.ini", "[tox]\nenvlist = py311, py312\n\n[testenv]\ndeps = pytest\ncommands_pre = python -m pip check\ncommands = pytest {posargs}\n"),
        (".pre-commit-config.yaml", "repos:\n  - repo: https://git.example/tools/ruff-pre-commit\n    rev: v0.6.9\n    hooks: [{id: ruff}, {id: ruff-format}]\n"),
        (".gitlab-ci.yml", "test:\n  image: python:3.12\n  script:\n    - pip install -e .[test]\n    - pytest -q\n"),
        ("environment.yml", "name: dev\nchannels:\n  - conda-forge\ndependencies:\n  - python>=3.10\n  - numpy\n  - pytest\n"),
        (".claude/commands/review.md", "---\ndescription: Review the change\nallowed-tools: Bash(git diff:*)\n---\n\nContext: !`git diff --stat`\n\nReview the change for errors.\n"),
        (".cursor/rules/style.mdc", "---\ndescription: Style\nalwaysApply: true\n---\n\n- Use type hints.\n- Run `pytest -q` before you finish.\n"),
    ))  # fmt: skip
    draft.put(f"{draft.root}{name}", text)


BLIND_CHANGES: tuple[HonestChange, ...] = (
    HonestChange("honest-usage-counts", ("function",), usage_counts),
    HonestChange("honest-newer-version", ("function", "import", "entry"), newer_version),
    HonestChange("honest-log-files", ("patch", "native"), log_files),
    HonestChange("honest-test-plugin", ("entry", "module"), test_plugin),
    HonestChange("honest-start-line", ("startup",), start_line),
    HonestChange("honest-installed-data", ("foreign", "data"), installed_data),
    HonestChange("honest-timed-functions", ("function", "module"), timed_functions),
    HonestChange("honest-developer-files", ("agent", "settings", "requirement", "install", "backend"), developer_files),
)
"""Honest changes of the split blind."""
