"""Expressions that name a file of the package itself."""

import pytest

from features.code.evaluate.own_files import names_own_file
from tests.features.code.conftest import build_resolver, last_call


def names_own(source: str) -> bool:
    resolver = build_resolver(source)
    call, scope = last_call(resolver)
    return names_own_file(call.args[0], scope, resolver)


@pytest.mark.parametrize(
    "source",
    [
        "result(__file__ + 'x')",
        "import os\nresult(os.path.join(os.path.dirname(__file__), 'x'))",
        "import os\nhere = os.path.dirname(__file__)\nlib = here + '/x'\nresult(lib)",
        "from importlib import resources\nresult(resources.files('a') / 'x')",
        "import pkg_resources as p\nresult(p.resource_filename('a', 'x'))",
    ],
)
def test_a_path_from_the_package_is_its_own(source):
    assert names_own(source)


@pytest.mark.parametrize(
    "source", ["result('libc.so.6')", "result(None)", "a = b\nb = a\nresult(a)", "result(find('c'))"]
)
def test_any_other_path_is_not(source):
    assert not names_own(source)
