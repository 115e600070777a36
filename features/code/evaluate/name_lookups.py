"""Lists the functions that fetch an object by its dotted name, as `pkgutil.resolve_name("os:system")` does."""

import re

NAME_LOOKUPS: dict[str, int] = {
    "pkgutil.resolve_name": 0,
    "pydoc.locate": 0,
    "pydoc.safeimport": 0,
    "pydoc.resolve": 0,
    "logging.config._resolve": 0,
    "logging.config.BaseConfigurator.resolve": 0,
    "logging.config.DictConfigurator.resolve": 0,
    "unittest.mock._importer": 0,
    "unittest.mock._get_target": 0,
    "mock._importer": 0,
    "test.support.import_helper.import_module": 0,
    "werkzeug.utils.import_string": 0,
    "django.utils.module_loading.import_string": 0,
    "pydantic.utils.import_string": 0,
    "celery.utils.imports.symbol_by_name": 0,
    "kombu.utils.imports.symbol_by_name": 0,
    "twisted.python.reflect.namedAny": 0,
    "twisted.python.reflect.namedObject": 0,
    "zope.dottedname.resolve.resolve": 0,
    "pyramid.path.DottedNameResolver.resolve": 0,
    "pyramid.path.DottedNameResolver.maybe_resolve": 0,
    "scrapy.utils.misc.load_object": 0,
    "traitlets.import_item": 0,
    "traitlets.utils.importstring.import_item": 0,
    "jsonpickle.unpickler.loadclass": 0,
    "hydra.utils.get_method": 0,
    "hydra.utils.get_object": 0,
    "hydra.utils.get_class": 0,
    "nose.util.resolve_name": 0,
}
"""Functions that import an object by its dotted name, each with the position of the name among its arguments."""

ENTRY_POINTS: dict[str, int] = {
    "importlib.metadata.EntryPoint": 1,
    "importlib_metadata.EntryPoint": 1,
    "pkg_resources.EntryPoint": 1,
    "pkg_resources.EntryPoint.parse": 0,
}
"""Makers of entry points, each with the position of the object reference among the arguments."""
LOADING_METHODS = (".load", ".resolve")
"""Methods that import the object that an entry point refers to."""

_REFERENCE = re.compile(
    r"(?:[^=\s]{0,100}\s*=\s*)?([A-Za-z_][\w.]{0,100})(?::([A-Za-z_][\w.]{0,100}))?\s*(?:\[[^\]]{0,100}\])?"
)
_BUILTINS = ("builtins.", "__builtin__.", "__builtins__.")


def object_name(reference: str) -> str:
    """Return the dotted name of an object reference ("os:system", "x = os:system", "os.system"), "" if it is none."""
    match = _REFERENCE.fullmatch(reference.strip().removeprefix("ext://"))
    if match is None:
        return ""
    name = f"{match[1]}.{match[2]}" if match[2] else match[1]
    return next((name.removeprefix(prefix) for prefix in _BUILTINS if name.startswith(prefix)), name)


_INNER_MODULES = re.compile(r"\.(?:_vendor\.|_?(?=(?:os|subprocess|socket|urllib|requests|ctypes)\.))")


def inner_name(name: str) -> str:
    """Return the name below a module that another one has imported ("shutil.os.system": "os.system"), else ""."""
    match = _INNER_MODULES.search(name)
    return name[match.end() :] if match is not None else ""
