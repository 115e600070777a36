"""Objects that are fetched by their dotted name in a text."""

import pytest

from features.code.evaluate.name_lookups import NAME_LOOKUPS, inner_name, object_name
from tests.features.code.conftest import build_resolver, last_call, matched_rules


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("os:system", "os.system"),
        ("os.system", "os.system"),
        ("x = os:system", "os.system"),
        ("x=os:system [extra]", "os.system"),
        ("ext://os.system", "os.system"),
        ("builtins:exec", "exec"),
        ("builtins.exec", "exec"),
        ("not a name", ""),
        ("a:b:c", ""),
        ("", ""),
    ],
)
def test_an_object_reference_means_a_dotted_name(reference, expected):
    assert expected == object_name(reference)


def called(source: str) -> str:
    resolver = build_resolver(f"{source}\nresult(found)")
    call, scope = last_call(resolver)
    return resolver.dotted_name(call.args[0], scope)


@pytest.mark.parametrize("function", sorted(NAME_LOOKUPS))
def test_each_function_fetches_what_its_argument_names(function):
    module = function.partition(".")[0]
    assert "os.system" == called(f"import {module}\nfound = {function}('os.system')")
    assert function == called(f"import {module}\nfound = {function}(unknown)")


@pytest.mark.parametrize(
    "source",
    [
        "import pkgutil\npkgutil.resolve_name('os:system')('id')",
        "from pkgutil import resolve_name as r\nf = r('o' + 's:system')\nf('id')",
        "from logging.config import BaseConfigurator\nBaseConfigurator({}).resolve('os.system')('id')",
        "from importlib.metadata import EntryPoint\nEntryPoint(name='x', value='os:system', group='g').load()('id')",
        "import importlib.metadata as m\ne = m.EntryPoint('x', 'os:system', 'g')\nf = e.load()\nf('id')",
        "import pkg_resources\npkg_resources.EntryPoint.parse('x = os:system').resolve()('id')",
        "import operator, os\noperator.attrgetter('system')(os)('id')",
        "from operator import attrgetter as a\nimport os\nf = a('sys' + 'tem')\nf(os)('id')",
        "from operator import itemgetter\nimport os\nitemgetter('system')(os.__dict__)('id')",
        "import operator, os\noperator.methodcaller('system', 'id')(os)",
        "from operator import methodcaller\nimport os\nm = methodcaller('system', 'id')\nm(os)",
        "from operator import methodcaller\nimport os\nlist(map(methodcaller('system', 'id'), [os]))",
        "import operator, os\noperator.call(os.system, 'id')",
        "import os\nos.__dict__.get('system')('id')",
        "import os\nvars(os).pop('system')('id')",
    ],
)
def test_what_is_fetched_by_name_starts_a_program(source):
    assert "import_time_process" in matched_rules(source)


@pytest.mark.parametrize(
    "source",
    [
        "import pkgutil\npkgutil.resolve_name('mylib:start')('id')",
        "from importlib.metadata import entry_points\n[e.load() for e in entry_points(group='x')]",
        "from operator import itemgetter, attrgetter\nsorted(rows, key=itemgetter('run'))\nattrgetter('system')",
        "import operator\noperator.methodcaller('strip')(text)",
        "import os\nos.__dict__.get('path')",
        "{'a': 1}.get()",
        "import json\njson.load(stream)",
    ],
)
def test_other_lookups_start_nothing(source):
    assert frozenset() == matched_rules(source)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shutil.os.system", "os.system"),
        ("random._os.system", "os.system"),
        ("pip._vendor.requests.get", "requests.get"),
        ("pandas.io.common.os.system", "os.system"),
        ("os.system", ""),
        ("shutil.copy", ""),
        ("a.osmosis.x", ""),
    ],
)
def test_a_module_that_another_one_imported_is_found(name, expected):
    assert expected == inner_name(name)


@pytest.mark.parametrize(
    "source",
    [
        "import shutil\nshutil.os.system('id')",
        "import os\nos.walk.__globals__['system']('id')",
        "import os\nf.__globals__['__builtins__']['__import__']('os').system('id')",
        "__loader__.load_module('os').system('id')",
        "import ctypes\nctypes.CDLL('libc.so.6')['system'](b'id')",
        "import os\nfor f in (print, os.system):\n    f('id')",
        "import os\nd = {'a': os.system}\nd['a']('id')",
        "import os\n[f('id') for f in [os.system]]",
    ],
)
def test_a_function_is_found_in_other_modules_tables_and_loops(source):
    assert "import_time_process" in matched_rules(source)
