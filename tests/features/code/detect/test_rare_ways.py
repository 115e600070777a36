"""Rarely used ways to run code."""

import pytest

from tests.features.code.conftest import matched_rules

CASES = [
    ("rare_loader", "from importlib.machinery import SourcelessFileLoader\nSourcelessFileLoader('m', 'x.pyc').load_module()", "from importlib.machinery import SourceFileLoader\nSourceFileLoader('m', 'x.py')"),
    ("rare_loader", "import zipimport\nzipimport.zipimporter('data.zip')", "import zipfile\nzipfile.ZipFile('data.zip')"),
    ("rare_loader", "import site, os\nsite.addsitedir(os.path.dirname(__file__))", "import site\nsite.getsitepackages()"),
    ("rare_loader", "import importlib.util as u\nu.spec_from_file_location('x', __file__ + '.dat')", "import importlib.util as u\nu.spec_from_file_location('x', here / 'version.py')"),
    ("rare_loader", "from importlib.machinery import SourceFileLoader as L\nL('m', path='x.txt')", "from importlib.machinery import SourceFileLoader as L\nL('m', path)"),
    ("replaced_code", "def f(): pass\nf.__code__ = g.__code__", "def f(): pass\nx = f.__code__"),
    ("replaced_code", "f.__code__.replace(co_code=b'x')", "text.replace('co_code', 'x')\ndate.replace(year=1)"),
    ("environment_hook", "import os\nos.environ['PYTHONBREAKPOINT'] = 'os.system'\nbreakpoint('id')", "import os\nos.environ['HOME'] = 'x'\nos.environ['PYTHONBREAKPOINT']"),
    ("environment_hook", "import os\nos.environ.update(LD_PRELOAD='x')", "import os\nos.environ.update(LANG='x')"),
    ("environment_hook", "from os import environ as e\ne.setdefault('PIP_' + 'INDEX_URL', 'x')", "settings.setdefault('PIP_INDEX_URL', 'x')"),
    ("environment_hook", "import os\nos.environ.update({'BASH_ENV': 'x'})", "import os\nos.environ.update({'A': 'x', **more})"),
    ("environment_hook", "import os\nos.putenv(b'NODE_OPTIONS', b'x')", "import os\nos.putenv('A', 'x')"),
]  # fmt: skip
"""Rule, an inert look-alike that matches it, a benign twin that does not."""


@pytest.mark.parametrize(("rule", "look_alike", "twin"), CASES)
def test_a_rule_matches_the_look_alike_and_not_its_twin(rule, look_alike, twin):
    assert rule in matched_rules(look_alike)
    assert rule not in matched_rules(twin)
