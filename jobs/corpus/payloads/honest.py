"""Honest changes that a next release may bring: the twins of releases with a payload put in, with label 0.

They use the kinds of change that payloads use (a new module that asks a host, a new script, a picture, an agent's file)
without the harm.
"""

import json

from jobs.corpus.payloads import carriers
from jobs.corpus.payloads.blind_honest import BLIND_CHANGES
from jobs.corpus.payloads.blocks import choose_block
from jobs.corpus.payloads.contract import HonestChange
from jobs.corpus.payloads.declarations import add_entry_point, add_requirement, info_folder
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.source_places import insert_at_line, line_after_imports
from jobs.corpus.variants.inert_library import inert_library
from jobs.corpus.variants.python_source import SOURCE_ERRORS, parse, unparse
from jobs.corpus.variants.rewriting import rename_locals

_POPULAR = ("requests>=2.28", "numpy", "click>=8", "pydantic>=2", "typing-extensions", "attrs", "httpx", "rich>=13", "pyyaml",
            "packaging", "tqdm", "jinja2", "platformdirs", "python-dateutil", "importlib-metadata; python_version < '3.10'")  # fmt: skip


def _module_text(draft: Draft) -> str:
    block = choose_block("honest", draft.words.split, draft.rng)
    draft.act = block.name
    return draft.words.render(block.text)


def new_module(draft: Draft) -> None:
    """Add a module that another one imports."""
    draft.add_module(draft.somewhere(), _module_text(draft))


def unused_module(draft: Draft) -> None:
    """Add a module that a user imports."""
    name = draft.module_name(draft.folder)
    draft.put_new(f"{draft.folder}{name}.py", _module_text(draft))


def functions_in_place(draft: Draft) -> None:
    """Add functions and classes to a module that is there."""
    path = draft.somewhere()
    text = _module_text(draft).partition('"""\n')[2]
    draft.put(path, draft.files[path].rstrip(b"\n") + b"\n\n\n" + text.encode())


def requirement(draft: Draft) -> None:
    """Require a project that many know."""
    changed = add_requirement(draft.files, draft.rng.choice(_POPULAR))
    if not changed:
        raise draft.fail("declares no requirements anywhere")
    for path, data in changed.items():
        draft.put(path, data)


def script(draft: Draft) -> None:
    """Add a console script that reads arguments."""
    info = info_folder(draft.files)
    if not info:
        raise draft.fail("has no folder of metadata")
    name = draft.module_name(draft.folder)
    draft.put_new(f"{draft.folder}{name}.py", draft.words.render(
        "import argparse\nimport os\nimport sys\n\n\ndef main(argv=None):\n    parser = argparse.ArgumentParser(description='@word@')\n"
        "    parser.add_argument('path', nargs='*')\n    parser.add_argument('--verbose', action='store_true')\n    args = parser.parse_args(argv)\n"
        "    for path in args.path:\n        if not os.path.exists(path):\n            print(f'{path}: not found', file=sys.stderr)\n            return 1\n    return 0\n\n\n"
        "if __name__ == '__main__':\n    sys.exit(main())\n"
    ))  # fmt: skip
    line = f"{draft.package.project.lower()}-{draft.rng.choice(('check', 'list', 'cli'))} = {draft.import_name}.{name}:main"
    for path, data in add_entry_point(draft.files, info, "console_scripts", line).items():
        draft.put(path, data)


def reformatted(draft: Draft) -> None:
    """Write some modules in another style."""
    for path in draft.inner()[: draft.rng.randrange(1, 5)]:
        try:
            draft.put(path, unparse(parse(draft.files[path])))
        except SOURCE_ERRORS:
            continue


def renamed(draft: Draft) -> None:
    """Rename local variables of some modules."""
    for path in draft.inner()[: draft.rng.randrange(1, 4)]:
        try:
            draft.put(path, rename_locals(draft.files[path], draft.rng))
        except SOURCE_ERRORS:
            continue


def vendored_script(draft: Draft) -> None:
    """Bring a minified script for browsers."""
    rng = draft.rng
    names = [f"{a}{b}" for a in "abcdefghtnr" for b in "abcdeopst"]
    parts = [
        rng.choice((
            f"function {rng.choice(names)}({rng.choice('ent')}){{return {rng.choice('ent')}.{rng.choice(('length', 'value', 'node', 'data'))}||{rng.randrange(99)}}}",
            f"var {rng.choice(names)}=document.createElement('{rng.choice(('div', 'span', 'script', 'a'))}');",
            f"{rng.choice(names)}.addEventListener('{rng.choice(('click', 'submit', 'keyup'))}',function(e){{e.preventDefault();{rng.choice(names)}(e)}});",
            f"fetch('/api/{draft.words.word()}').then(function(r){{return r.json()}}).then({rng.choice(names)});",
            f"Object.defineProperty({rng.choice(names)},'{rng.choice(names)}',{{get:function(){{return {rng.choice(names)}}}}});",
        ))
        for _ in range(rng.randrange(60, 4_000))
    ]  # fmt: skip
    name = rng.choice(("chart.min.js", "app.bundle.js", "jquery.plugin.min.js", "viewer.min.js"))
    draft.put_new(f"{draft.folder}static/{name}", "/*! MIT */\n!function(){'use strict';" + "".join(parts) + "}();\n")


def data_file(draft: Draft) -> None:
    """Bring a picture, a sound, a database or a list, and read it."""
    rng = draft.rng
    kind = rng.randrange(4)
    if kind == 0:
        name, content = "icon.png", carriers.png(rng.randbytes(rng.randrange(500, 9_000)))
        load = "def icon():\n    return pathlib.Path(__file__).with_name('icon.png').read_bytes()\n"
    elif kind == 1:
        name, content = "beep.wav", carriers.wav(rng.randbytes(4_000))
        load = "def beep():\n    import wave\n\n    with wave.open(str(pathlib.Path(__file__).with_name('beep.wav'))) as sound:\n        return sound.readframes(sound.getnframes())\n"
    elif kind == 2:
        rows = [(draft.words.word() + str(at), rng.randbytes(60)) for at in range(30)]
        name, content = "index.db", carriers.sqlite(rows)
        load = "def connect():\n    import sqlite3\n\n    return sqlite3.connect(pathlib.Path(__file__).with_name('index.db'))\n"
    else:
        name, content = (
            "words.json",
            json.dumps({draft.words.word() + str(at): rng.random() for at in range(200)}).encode(),
        )
        load = "def words():\n    import json\n\n    return json.loads(pathlib.Path(__file__).with_name('words.json').read_text())\n"
    path = draft.somewhere()
    folder = path.rpartition("/")[0]
    draft.put_new(f"{folder}/{name}" if folder else name, content)
    draft.insert(path, f"import pathlib\n\n\n{load}")


def project_files(draft: Draft) -> None:
    """Bring files for agents, editors and pipelines."""
    rng = draft.rng
    texts = {
        "AGENTS.md": "# Working on this project\n\nRun `pytest -q` before you commit. Keep functions short.\n",
        ".vscode/settings.json": json.dumps({"python.testing.pytestEnabled": True, "editor.rulers": [100]}, indent=2),
        ".github/workflows/test.yml": "name: test\non: [push, pull_request]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: pip install -e .[test]\n      - run: pytest\n        env:\n          TOKEN: ${{ secrets.CODECOV_TOKEN }}\n",
        ".claude/settings.json": json.dumps({"permissions": {"allow": ["Bash(pytest:*)", "Bash(ruff check:*)"]}}, indent=2),
        ".pre-commit-config.yaml": "repos:\n  - repo: https://example.com/ruff-pre-commit\n    rev: v0.6.0\n    hooks:\n      - id: ruff\n",
        "scripts/release.sh": "#!/bin/sh\nset -e\npython -m build\ntwine check dist/*\n",
        "Makefile": "test:\n\tpytest -q\n\ninstall:\n\tpip install -e .\n",
    }  # fmt: skip
    for name in rng.sample(sorted(texts), rng.randrange(1, 4)):
        if f"{draft.root}{name}" not in draft.files:
            draft.put(f"{draft.root}{name}", texts[name])


def build_step(draft: Draft) -> None:
    """Give setup.py a function that reads the version and the description."""
    path = f"{draft.root}setup.py"
    if path not in draft.files:
        raise draft.fail("has no setup.py")
    text = "import os\nimport re\n\n\ndef read(name):\n    here = os.path.abspath(os.path.dirname(__file__))\n    with open(os.path.join(here, name), encoding='utf-8') as file:\n        return file.read()\n\n\ndef find_version(name):\n    found = re.search(r\"__version__ = ['\\\"]([^'\\\"]*)\", read(name))\n    return found.group(1) if found else ''\n"
    draft.put(path, insert_at_line(draft.files[path], line_after_imports(draft.files[path]), f"\n{text}\n"))


def native_module(draft: Draft) -> None:
    """Bring a native module that makes something faster, with a fallback."""
    library = inert_library(("PyArg_ParseTuple", "PyLong_FromLong", "memcpy", "levenshtein", "out of memory", "expected a string"),
                            is_windows=draft.rng.random() < 0.3, rng=draft.rng)  # fmt: skip
    draft.put_new(f"{draft.folder}_accelerate.abi3.so", library)
    draft.insert(
        draft.somewhere(),
        f"try:\n    from {draft.import_name} import _accelerate\nexcept ImportError:\n    _accelerate = None\n",
    )


def in_functions(draft: Draft) -> None:
    """Check, log or warn at the start of functions that are used."""
    for _ in range(draft.rng.randrange(1, 4)):
        draft.insert_in_function(draft.rng.choice((
            "import warnings\nwarnings.warn('will change in the next version', DeprecationWarning, stacklevel=2)\n",
            "import logging\nlogging.getLogger(__name__).debug('called')\n",
            "import os\nif os.environ.get('DEBUG'):\n    import logging\n    logging.basicConfig(level=logging.DEBUG)\n",
            "import sys\nif sys.platform == 'win32':\n    import locale\n    locale.setlocale(locale.LC_ALL, '')\n",
        )))  # fmt: skip


def compiled_source(draft: Draft) -> None:
    """Change or bring a source that a build compiles, or the settings of such a build."""
    rng, name = draft.rng, draft.words.name().strip("_")
    texts = {
        ".c": f"static int {name}(const char *text, size_t size) {{\n    int sum = 0;\n    for (size_t at = 0; at < size; at++)\n        sum = sum * 31 + text[at];\n    return getenv(\"{name.upper()}\") ? 0 : sum;\n}}\n",
        ".h": f"#include <stdlib.h>\nstatic inline void *{name}(size_t size) {{ return size ? malloc(size) : NULL; }}\n",
        ".cpp": f"namespace {{\nconst std::string {name} = [] {{ return std::string(\"{draft.words.word()}\"); }}();\n}}  // namespace\n",
        ".rs": f'pub fn {name}() -> String {{\n    let out = std::process::Command::new("rustc").arg("--version").output();\n    out.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default()\n}}\n',
        ".pyx": f"cpdef long {name}(long a, long b):\n    cdef long c = a * b\n    return c % 97\n",
        ".go": f"func {name}(values []int) (sum int) {{\n\tfor _, v := range values {{\n\t\tsum += v\n\t}}\n\treturn sum\n}}\n",
        "CMakeLists.txt": f"option({name.upper()} \"Builds what is optional\" ON)\nexecute_process(COMMAND git rev-parse HEAD OUTPUT_VARIABLE {name} ERROR_QUIET)\n",
        "meson.build": f"{name} = run_command('git', 'describe', '--always', check: false).stdout().strip()\n",
    }  # fmt: skip
    found = sorted(p for p in draft.files if p.endswith(tuple(texts)) and len(draft.files[p]) < 400_000)
    if found:
        path = rng.choice(found)
        text = next(text for suffix, text in texts.items() if path.endswith(suffix))
        draft.put(path, draft.files[path].rstrip(b"\n") + b"\n\n" + text.encode())
        return
    if not draft.root:
        raise draft.fail("has no sources that are compiled")
    suffix = rng.choice((".c", ".pyx", ".rs", "CMakeLists.txt"))
    draft.put_new(f"{draft.root}{'' if suffix == 'CMakeLists.txt' else f'src/{name}'}{suffix}", texts[suffix])


def page(draft: Draft) -> None:
    """Change or bring a page, a script, a notebook or a picture of vectors."""
    rng, word = draft.rng, draft.words.word()
    texts = {
        ".html": f'<script src="/static/{word}.js" defer></script>\n<script>fetch("/api/{word}").then(function (r) {{ return r.json(); }}).then(show);</script>\n',
        ".js": f'document.addEventListener("submit", function (e) {{ var f = new FormData(e.target); fetch("/api/{word}", {{ method: "POST", body: f }}); }});\nlocalStorage.setItem("{word}", JSON.stringify({{ theme: "dark" }}));\n',
        ".svg": f"<!-- {word} -->\n",
    }  # fmt: skip
    found = sorted(p for p in draft.files if p.endswith((".html", ".js")) and len(draft.files[p]) < 1_500_000)
    if found:
        path = rng.choice(found)
        text = texts[".html" if path.endswith(".html") else ".js"]
        draft.put(path, draft.files[path].rstrip(b"\n") + b"\n" + text.encode())
        return
    kind = rng.choice((".html", ".js", ".svg", ".ipynb"))
    if kind == ".ipynb":
        cells = [{"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": [f"!pip install {draft.package.project}\n"]},
                 {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [], "source": [f"import {draft.import_name}\n"]}]  # fmt: skip
        draft.put_new(
            f"{draft.folder}{word}.ipynb",
            json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1),
        )
        return
    frame = {
        ".html": "<!doctype html>\n<html><body>\n%s</body></html>\n",
        ".js": "%s",
        ".svg": '<svg viewBox="0 0 16 16">%s<circle cx="8" cy="8" r="6"/></svg>\n',
    }
    draft.put_new(f"{draft.folder}static/{word}{kind}", frame[kind] % texts[kind])


def read_settings(draft: Draft) -> None:
    """Bring YAML, a template, messages or SQL, and read it as one should."""
    rng, word = draft.rng, draft.words.word()
    name, content, load = rng.choice((
        ("defaults.yaml", f"level: info\nsize: {rng.randrange(900)}\n", "import yaml\n\n    return yaml.safe_load(path.read_text())"),
        ("report.html.j2", "<h1>{{ title }}</h1>\n{% for row in rows %}<p>{{ row.name }}</p>{% endfor %}\n", "import jinja2\n\n    return jinja2.Template(path.read_text(), autoescape=True)"),
        ("hooks.json", json.dumps({"hooks": {"format": "ruff format .", "test": "pytest -q"}}, indent=2), "import json\n\n    return json.loads(path.read_text())['hooks']"),
        ("0001_init.sql", f"CREATE TABLE {word} (id integer primary key, name text);\nINSERT INTO {word} VALUES (1, 'first');\n", "import sqlite3\n\n    connection = sqlite3.connect(':memory:')\n    connection.executescript(path.read_text())\n    return connection"),
        ("messages.mo", carriers.message_catalogue([("", "Content-Type: text/plain; charset=UTF-8\n"), ("Open", "Ouvrir"), ("Name", "Nom")]), "import gettext\n\n    return gettext.GNUTranslations(path.open('rb'))"),
        ("weights.npy", carriers.xor(rng.randbytes(2_000), b"\0"), "import numpy\n\n    return numpy.load(path)"),
    ))  # fmt: skip
    path = draft.somewhere()
    folder = path.rpartition("/")[0]
    draft.put_new(f"{folder}/{name}" if folder else name, content)
    draft.insert(
        path,
        f"import pathlib\n\n\ndef read_{word}():\n    path = pathlib.Path(__file__).with_name('{name}')\n    {load}\n",
    )


def listed_requirements(draft: Draft) -> None:
    """Require a project that many know in a list, an extra or for the build."""
    rng = draft.rng
    found = [p for p in sorted(draft.files) if p.endswith(("requirements.txt", "pyproject.toml")) and p.count("/") <= 1]
    if not found:
        raise draft.fail("has no list of requirements")
    path, name = rng.choice(found), rng.choice(_POPULAR).partition(";")[0]
    text = draft.files[path].decode("utf-8", "replace")
    if path.endswith("requirements.txt"):
        draft.put(path, f"{text.rstrip()}\n{name}\n")
    elif "requires = [" in text:
        extra = rng.choice(("wheel", "setuptools-scm>=8", "cython", "numpy", "pybind11"))
        draft.put(path, text.replace("requires = [", f'requires = ["{extra}", ', 1))
    else:
        raise draft.fail("has no requirements of its build")


CHANGES: tuple[HonestChange, ...] = (
    HonestChange("honest-module", ("import", "module", "patch", "startup", "metadata"), new_module),
    HonestChange("honest-unused-module", (), unused_module),
    HonestChange("honest-functions", ("module", "function"), functions_in_place),
    HonestChange("honest-in-functions", ("function",), in_functions),
    HonestChange("honest-requirement", ("requirement",), requirement),
    HonestChange("honest-script", ("entry",), script),
    HonestChange("honest-reformatting", (), reformatted),
    HonestChange("honest-renaming", (), renamed),
    HonestChange("honest-javascript", ("foreign",), vendored_script),
    HonestChange("honest-data", ("data",), data_file),
    HonestChange("honest-project-files", ("agent", "settings"), project_files),
    HonestChange("honest-build", ("install", "backend"), build_step),
    HonestChange("honest-native", ("native",), native_module),
    HonestChange("honest-compiled", ("foreign", "backend"), compiled_source),
    HonestChange("honest-page", ("foreign", "data"), page),
    HonestChange("honest-reader", ("data",), read_settings),
    HonestChange("honest-list", ("requirement",), listed_requirements),
)
"""All honest changes but those of the split blind, which has its own."""


def find_change(name: str) -> HonestChange:
    """Return the honest change of a name; raises KeyError."""
    return {change.name: change for change in (*CHANGES, *BLIND_CHANGES)}[name]
