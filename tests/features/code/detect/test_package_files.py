"""Files of installed packages, and of the package itself."""

import pytest

from tests.features.code.conftest import matched_rules

CASES = [
    ("edits_package", "import site, os\nfor d in site.getsitepackages():\n    p = os.path.join(d, 'demo', '__init__.py')\n    with open(p, 'a') as f:\n        f.write('x')", "import site, os\nfor d in site.getsitepackages():\n    p = os.path.join(d, 'demo', '__init__.py')\n    with open(p, 'r') as f:\n        f.read()"),
    ("edits_package", "import requests, os\nopen(os.path.join(os.path.dirname(requests.__file__), 'api.py'), 'a').write('x')", "import os\nopen(os.path.join(os.path.dirname(__file__), 'api.py'), 'a').write('x')"),
    ("self_delete", "import os\nos.remove(__file__)", "import os\nos.remove(path)"),
]  # fmt: skip
"""Rule, an inert look-alike that matches it, a benign twin that does not."""


@pytest.mark.parametrize(("rule", "look_alike", "twin"), CASES)
def test_a_rule_matches_the_look_alike_and_not_its_twin(rule, look_alike, twin):
    assert rule in matched_rules(look_alike)
    assert rule not in matched_rules(twin)


@pytest.mark.parametrize(("mode", "expected"), [("w", True), ("ab", True), ("x", True), ("r+", True), ("rb", False)])
def test_a_file_is_edited_where_its_mode_writes(mode, expected):
    source = f"import requests\nopen(requests.__file__, {mode!r})"
    assert ("edits_package" in matched_rules(source)) is expected


def test_a_mode_that_is_not_known_edits_nothing():
    assert "edits_package" not in matched_rules("import requests\nopen(requests.__file__, mode)")


@pytest.mark.parametrize(("names", "expected"), [(4, True), (5, False)])
def test_a_path_is_followed_through_four_names(names, expected):
    chain = "".join(f"p{n + 1} = p{n}\n" for n in range(names - 1))
    source = f"import requests\np0 = requests.__file__\n{chain}open(p{names - 1}, 'w')"
    assert ("edits_package" in matched_rules(source)) is expected


@pytest.mark.parametrize(
    ("path", "expected"), [("sys.argv[0]", True), ("sys.argv[1]", False), ("os.path.abspath(__file__)", True)]
)
def test_the_own_file_is_the_one_that_runs(path, expected):
    assert ("self_delete" in matched_rules(f"import os, sys\nos.remove({path})")) is expected
