"""Payloads that the import of the package runs, in its `__init__` or in modules that it always loads."""

import textwrap
from posixpath import basename

from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.source_places import as_function


def init_statements(draft: Draft) -> None:
    """Put the code into the package's `__init__`."""
    draft.insert(draft.init, draft.code())


def init_function(draft: Draft) -> None:
    """Call a function with the code in the package's `__init__`."""
    name = draft.words.name()
    draft.insert(draft.init, as_function(draft.code(), name, draft.rng) + f"\n\n{name}()\n")


def new_module(draft: Draft) -> None:
    """Import a new module from the package's `__init__`."""
    draft.add_module(draft.init, draft.code())


def new_package(draft: Draft) -> None:
    """Import a new sub-package that looks like a vendored library."""
    name = draft.rng.choice(("_vendor", "_extern", "third_party", "contrib", "compat"))
    inner = draft.rng.choice(("six_ext", "tlsutil", "pathtools", "colorize", "urlkit"))
    draft.put_new(f"{draft.folder}{name}/{inner}/_base.py", draft.code())
    draft.put_new(
        f"{draft.folder}{name}/{inner}/__init__.py", "from ._base import *  # noqa\n\n__version__ = '1.4.2'\n"
    )
    if f"{draft.folder}{name}/__init__.py" not in draft.files:
        draft.put_aside(f"{draft.folder}{name}/__init__.py", "")
    draft.insert(draft.init, f"from .{name} import {inner} as _{inner}\n", aside=True)


def version_module(draft: Draft) -> None:
    """Put the code into the module that holds the version."""
    names = ("_version.py", "version.py", "__version__.py", "__about__.py", "about.py", "_about.py")
    path = next(
        (p for p in draft.paths.inner if basename(p) in names and p.rpartition("/")[0] + "/" == draft.folder), ""
    )
    if path:
        draft.insert(path, draft.code())
    else:
        draft.add_module(draft.init, f"__build__ = '{draft.words.render('@num@')}'\n{draft.code()}", name="_build_info")


def lazy_attribute(draft: Draft) -> None:
    """Run the code where the package is asked for an attribute (PEP 562)."""
    if b"def __getattr__" in draft.files[draft.init]:
        raise draft.fail("has a __getattr__")
    body = textwrap.indent(draft.code(), "    ")
    draft.insert(draft.init, f"def __getattr__(name):\n{body}\n    raise AttributeError(name)\n")


def import_hook(draft: Draft) -> None:
    """Install a finder that runs the code when another module is imported."""
    body = textwrap.indent(draft.code(), "            ")
    wanted = draft.rng.choice(("requests", "boto3", "numpy", "django", "web3", "openai"))
    draft.add_module(draft.init, draft.words.render(
        f"import sys\n\n\nclass @C1@:\n    @classmethod\n    def find_spec(cls, name, path=None, target=None):\n"
        f"        if name == '{wanted}':\n            sys.meta_path.remove(cls)\n{body}\n        return None\n\n\nsys.meta_path.insert(0, @C1@)\n"
    ))  # fmt: skip


def subclass_hook(draft: Draft) -> None:
    """Run the code where a class is derived."""
    body = textwrap.indent(draft.code(), "        ")
    draft.lead(draft.words.render(
        f"class @C1@:\n    def __init_subclass__(cls, **kwargs):\n        super().__init_subclass__(**kwargs)\n{body}\n\n\nclass @C2@(@C1@):\n    pass\n"
    ))  # fmt: skip


def decorator(draft: Draft) -> None:
    """Run the code in a decorator that does nothing else."""
    body = textwrap.indent(draft.code(), "    ")
    draft.lead(
        draft.words.render(
            f"def @n5@(function):\n{body}\n    return function\n\n\n@@n5@\ndef @n6@():\n    return None\n"
        )
    )


def fallback_import(draft: Draft) -> None:
    """Run the code where an optional import fails."""
    module = draft.rng.choice(("ujson", "orjson", "uvloop", "cchardet", "regex"))
    body = textwrap.indent(draft.code(), "    ")
    draft.lead(f"try:\n    import {module}  # noqa: F401\nexcept ImportError:\n{body}\n")


FAMILIES = (
    Family("init-statements", "import", "train", init_statements),
    Family("init-function", "import", "train", init_function),
    Family("init-new-module", "import", "train", new_module),
    Family("vendored-package", "import", "valid", new_package),
    Family("version-module", "import", "train", version_module),
    Family("lazy-attribute", "import", "test", lazy_attribute),
    Family("import-hook", "import", "test", import_hook),
    Family("subclass-hook", "import", "test", subclass_hook),
    Family("decorator", "import", "valid", decorator),
    Family("fallback-import", "import", "train", fallback_import),
)
