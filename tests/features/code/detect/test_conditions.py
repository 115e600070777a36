"""Acts that wait for a condition."""

import pytest

from features.code.detect.conditions import Conditions
from features.code.detect.rules import SYNTAX_RULES
from tests.features.code.conftest import matched_rules

CASES = [
    ("guarded_system", "import os, platform\nif platform.system() == 'Windows':\n    os.system('id')", "import os\nif a:\n    os.system('id')"),
    ("guarded_system", "import os\ndef go():\n    os.system('id')\nif os.name == 'nt':\n    go()", "import os\ndef go():\n    print('id')\nif os.name == 'nt':\n    go()"),
    ("guarded_system", "import os, sys\ndef go():\n    if sys.platform != 'win32':\n        return\n    os.system('id')", "import os, sys\ndef go():\n    if sys.platform != 'win32':\n        print('no')\n    os.system('id')"),
    ("guarded_system", "import os, platform\ns = platform.system()\nif s == 'Windows':\n    os.system('id')", "import os, platform\ns = platform.python_version()\nif s == '3':\n    os.system('id')"),
    ("guarded_ci", "import os\nif not os.getenv('CI'):\n    os.system('id')", "import os\nif not os.getenv('CI'):\n    print('id')"),
    ("guarded_ci", "import os, requests\nif 'GITHUB_ACTIONS' in os.environ:\n    requests.post(u)", "import os, requests\nif 'CI' in text:\n    requests.post(u)"),
    ("guarded_user", "import os, getpass\nif getpass.getuser() != 'me':\n    os.system('id')", "import os, getpass\nif getpass.getuser() != 'me':\n    os.getcwd()"),
    ("guarded_user", "import os\nif os.environ.get('USERNAME') == 'x':\n    os.remove(p)", "import os\nif os.environ.get('DEBUG') == 'x':\n    os.remove(p)"),
    ("guarded_time", "import os, datetime\nif datetime.datetime.now().month > 6:\n    os.system('id')", "import os, time\nif time.time() > last:\n    os.system('id')"),
    ("guarded_locale", "import os, locale\nif locale.getdefaultlocale()[0] == 'xx_XX':\n    os.system('id')", "import os, locale\nif locale.getdefaultlocale()[0]:\n    print('id')"),
    ("guarded_analysis", "import os, sys\nif sys.gettrace():\n    os._exit(0)\nos.system('id')", "import os, sys\nif sys.gettrace():\n    print('traced')\nos.system('id')"),
    ("guarded_analysis", "import os\nif not is_sandboxed():\n    os.system('id')", "import os\nif not is_ready():\n    os.system('id')"),
    ("guarded_online", "import os\nif check_internet():\n    os.system('id')", "import os\nif check_input():\n    os.system('id')"),
    ("guarded_file", "import os\nif os.path.exists(p):\n    os.system('id')", "import os\nif os.path.exists(p):\n    os.remove(p)"),
]  # fmt: skip
"""Rule, an inert look-alike that matches it, a benign twin that does not."""


@pytest.mark.parametrize(("rule", "look_alike", "twin"), CASES)
def test_a_rule_matches_the_look_alike_and_not_its_twin(rule, look_alike, twin):
    assert rule in matched_rules(look_alike)
    assert rule not in matched_rules(twin)


def rules_under(condition: str, act: str) -> set[str]:
    source = f"import os, sys, platform, getpass, datetime, locale, requests, subprocess\nif {condition}:\n    {act}"
    return {rule for rule in matched_rules(source) if rule.startswith("guarded_")}


def test_conditions_around_a_condition_count_too():
    source = "import os, getpass\nif os.name == 'nt':\n    if getpass.getuser() == 'x':\n        os.system('id')"
    assert {"guarded_system", "guarded_user"} <= matched_rules(source)


def test_code_after_a_block_that_leaves_waits_for_its_condition():
    source = "import os, getpass\ndef f():\n    if getpass.getuser() == 'x':\n        return\n    os.system('id')"
    assert "guarded_user" in matched_rules(source)


@pytest.mark.parametrize(
    ("act", "expected"),
    [("os.system('id')", {"guarded_file"}), ("requests.get(u)", set()), ("os.remove(p)", set()), ("print(p)", set())],
)
def test_a_missing_file_matters_where_a_program_is_started(act, expected):
    assert rules_under("not os.path.exists(p)", act) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("os.name == 'nt'", set()),
        ("datetime.datetime.now().hour > 3", set()),
        ("getpass.getuser() == 'x'", {"guarded_user"}),
        ("os.environ.get('LANG') == 'xx'", {"guarded_locale"}),
    ],
)
def test_deleting_waits_for_a_user_or_a_place_alone(condition, expected):
    assert rules_under(condition, "os.remove(p)") == expected


def test_a_variable_counts_only_where_the_environment_is_read():
    assert rules_under("'CI' in os.environ", "os.system('id')") == {"guarded_ci"}
    assert rules_under("'CI' in words", "os.system('id')") == set()


def test_every_kind_of_condition_has_a_rule():
    assert set(Conditions.rules) == {rule.id for rule in SYNTAX_RULES if rule.id.startswith("guarded_")}
