"""Payloads at entry points: console scripts, `__main__`, plugins of other tools, scripts of a wheel."""

import textwrap

from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.declarations import add_entry_point, info_folder
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.source_places import FunctionPlace

_TOOLS = {
    "train": ("pip3", "black", "uv"),
    "valid": ("aws", "flake8"),
    "test": ("gcloud", "docker", "twine", "kubectl"),
}


def _add(draft: Draft, group: str, line: str) -> None:
    info = info_folder(draft.files)
    if not info:
        raise draft.fail("has no folder of metadata")
    for path, data in add_entry_point(draft.files, info, group, line).items():
        draft.put(path, data)


def _new_module(draft: Draft, text: str) -> str:
    name = draft.module_name(draft.folder)
    draft.put_new(f"{draft.folder}{name}.py", text)
    return f"{draft.import_name}.{name}"


def new_script(draft: Draft) -> None:
    """Add a console script."""
    body = textwrap.indent(draft.code(), "    ")
    name = f"{draft.package.project.lower()}-{draft.rng.choice(('cli', 'setup', 'doctor', 'info', 'init'))}"
    module = _new_module(draft, f"def main():\n{body}\n\n\nif __name__ == '__main__':\n    main()\n")
    _add(draft, "console_scripts", f"{name} = {module}:main")


def script_of_a_tool(draft: Draft) -> None:
    """Add a console script that has the name of a known tool and passes its arguments on."""
    tool = draft.rng.choice(_TOOLS[draft.words.split])
    body = textwrap.indent(draft.code(), "        ")
    module = _new_module(draft, (
        f"import os\nimport shutil\nimport sys\n\n\ndef main():\n    try:\n{body}\n    except Exception:\n        pass\n"
        f"    os.execv(shutil.which('{tool}', path='/usr/bin:/bin') or '/bin/false', ['{tool}', *sys.argv[1:]])\n"
    ))  # fmt: skip
    _add(draft, "console_scripts", f"{tool} = {module}:main")


def in_main(draft: Draft) -> None:
    """Put the code into the function that the command calls."""

    def is_main(place: FunctionPlace) -> bool:
        return place.name in {"main", "cli", "run", "app", "entry_point", "_main", "run_main", "start"}

    draft.insert_in_function(draft.code(), is_main)


def main_module(draft: Draft) -> None:
    """Put the code into `__main__.py`."""
    path = f"{draft.folder}__main__.py"
    if path in draft.files:
        draft.insert(path, draft.code())
    else:
        draft.put_new(path, draft.code())


def plugin(draft: Draft) -> None:
    """Register a plugin that another tool loads by itself."""
    group, name = draft.rng.choice((("pytest11", "fixtures"), ("flake8.extension", "X1"), ("distutils.commands", "stats"),
                                    ("setuptools.finalize_distribution_options", "opts"), ("jupyter_serverproxy_servers", "srv")))  # fmt: skip
    module = _new_module(draft, f"{draft.code()}\n\ndef load(*args, **kwargs):\n    return {{}}\n")
    _add(draft, group, f"{name} = {module}{'' if group == 'pytest11' else ':load'}")


def wheel_script(draft: Draft) -> None:
    """Install a script through the scripts folder of a wheel."""
    info = info_folder(draft.files)
    if not info.endswith(".dist-info"):
        raise draft.fail("has no dist-info")
    name = f"{draft.words.word()}-{draft.words.word()}"
    draft.put_new(f"{info.removesuffix('.dist-info')}.data/scripts/{name}", f"#!python\n{draft.code()}")


FAMILIES = (
    Family("new-script", "entry", "train", new_script),
    Family("in-main", "entry", "train", in_main),
    Family("main-module", "entry", "train", main_module),
    Family("script-of-a-tool", "entry", "test", script_of_a_tool),
    Family("plugin", "entry", "valid", plugin),
    Family("wheel-script", "entry", "test", wheel_script, "wheel"),
)
