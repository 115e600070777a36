"""Functions act where they, or functions that they call, start programs, execute code or use the network."""

import pytest

from features.code.evaluate.acting_functions import ActingFunctions
from tests.features.code.conftest import build_resolver

HEAD = "import os, requests\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n    os.system('id')", True),
        ("def f():\n    exec(x)", True),
        ("def f():\n    requests.post(u)", True),
        ("def f():\n    open(p).read()", False),
        ("def f():\n    g()\ndef g():\n    os.system('id')", True),
        ("def f():\n    g()\ndef g():\n    f()", False),
        ("def f():\n    return os.system", False),
    ],
)
def test_a_function_acts_itself_or_through_others(source, expected):
    resolver = build_resolver(HEAD + source)
    index = next(scope.index for scope in resolver.symbols.scopes if scope.name == "f")
    acting = ActingFunctions(resolver)
    assert acting.acts(index) is expected
    assert acting.acts(index) is expected


def test_an_unknown_function_does_not_act():
    assert not ActingFunctions(build_resolver(HEAD)).acts(-1)


@pytest.mark.parametrize(("steps", "expected"), [(6, True), (7, False)])
def test_calls_are_followed_six_steps(steps, expected):
    chain = "".join(f"def f{n}():\n    f{n + 1}()\n" for n in range(steps))
    resolver = build_resolver(HEAD + chain + f"def f{steps}():\n    os.system('id')")
    assert ActingFunctions(resolver).acts(1) is expected
