"""Functions that Python calls though the code only names them."""

import pytest

from features.code.analyse_file import analyse_file
from features.code.evaluate.indirect_calls import INDIRECT_RULES, find_indirect_calls
from features.contract import Role
from tests.features.code.conftest import INNER, build_resolver, matched_rules

CASES = [
    ("decorator_executes", "@eval\n@bytes.decode\n@bytes.fromhex\n@(lambda f: '7072696e74283129')\ndef f(): pass", "@property\n@lru_cache\ndef f(): pass"),
    ("decorator_executes", "import os\n@os.system\n@name_of\nclass A: pass", "import os\n@os.path\nclass A: pass"),
    ("reduce_executes", "class A:\n    def __reduce__(self): return exec, ('print(1)',)", "class A:\n    def __reduce__(self): return A, (1,)"),
    ("reduce_executes", "import os\nclass A:\n    def __reduce_ex__(self, p): return (os.system, ('id',))", "class A:\n    def other(self): return exec, ('print(1)',)"),
    ("reduce_executes", "import os\nclass A:\n    __reduce__ = lambda self: (os.system, ('id',))", "class A:\n    __reduce__ = other"),
    ("reduce_executes", "import subprocess as s\nclass A:\n    def __reduce__(self): return s.Popen, (['id'],)", "class A:\n    def __reduce__(self): return 'A'"),
    ("reduce_executes", "import copyreg, os\ncopyreg.pickle(A, lambda a: (os.system, ('id',)))", "import copyreg\ncopyreg.pickle(A, lambda a: (A, (1,)))"),
    ("operator_executes", "class A:\n    __class_getitem__ = exec\nA['print(1)']", "class A:\n    __getitem__ = other\n    run = exec"),
    ("operator_executes", "import os\nA.__getitem__ = os.system", "import os\nA.start = os.system"),
    ("operator_executes", "import sys, os\nsys.breakpointhook = os.system", "import sys\nsys.excepthook = report"),
    ("configured_execution", "import logging.config\nlogging.config.dictConfig({'handlers': {'h': {'()': 'os.system', 'command': 'id'}}})", "import logging.config\nlogging.config.dictConfig({'handlers': {'h': {'()': 'pkg.Handler'}}})"),
    ("configured_execution", "from logging.config import dictConfig as d\nc = {'a': {'()': 'ext://subprocess.call'}}\nd(c)", "import logging.config\nlogging.config.dictConfig({'handlers': {'h': {'class': 'logging.StreamHandler'}}})"),
]  # fmt: skip
"""Rule, an inert look-alike that matches it, a benign twin that does not."""


@pytest.mark.parametrize(("rule", "look_alike", "twin"), CASES)
def test_a_rule_matches_the_look_alike_and_not_its_twin(rule, look_alike, twin):
    assert rule in matched_rules(look_alike)
    assert rule not in matched_rules(twin)


def test_every_rule_has_a_case():
    assert set(INDIRECT_RULES) == {rule for rule, _, _ in CASES}


@pytest.mark.parametrize(
    "source",
    [
        "import threading, os\nthreading.Thread(target=os.system, args=('id',)).start()",
        "import threading, os, functools\nthreading.Timer(1, functools.partial(os.system, 'id')).start()",
        "import atexit, os\natexit.register(os.system, 'id')",
        "from concurrent.futures import ProcessPoolExecutor as P\nimport os\nP(initializer=os.system, initargs=('id',))",
        "import os\nlist(map(os.system, ['id']))",
        "import os\nsorted(['id'], key=os.system)",
        "from os import system as s\nlist(map(s, ['id']))",
        "import os\ns = os.system\nlist(map(s, ['id']))",
        "from os import *\nlist(map(system, ['id']))",
        "import os\ndef f(g): g('id')\nf(os.system)",
        "import weakref, os\nweakref.finalize(x, os.system, 'id')",
        "import signal, subprocess\nsignal.signal(1, subprocess.getoutput)",
    ],
)
def test_a_function_that_is_passed_on_is_called(source):
    assert "import_time_process" in matched_rules(source)


@pytest.mark.parametrize(
    "source",
    [
        "import subprocess\nisinstance(x, subprocess.Popen)",
        "import subprocess\nprint(subprocess.run)",
        "import functools, subprocess\n@functools.wraps(subprocess.run)\ndef run(): pass",
        "import inspect, os\ninspect.signature(os.system)",
        "import re\nlist(map(re.compile, texts))",
        "from unittest.mock import patch\npatch(exec)",
    ],
)
def test_a_function_that_is_only_looked_at_is_not_called(source):
    assert [] == find_indirect_calls(build_resolver(source))


def test_a_passed_function_that_nobody_runs_counts_without_running():
    counts = analyse_file(b"import os\ndef f():\n    return list(map(os.system, ['id']))\n", Role.IMPORT).counts
    assert (1, 0) == (counts["call_execute_process"], counts.get("run_execute_process", 0))


def test_what_a_chain_of_decorators_hides_is_read():
    text = "import urllib.request as u\nu.urlopen('http://198.51.100.7/x')\n"
    source = f"@exec\n@bytes.decode\n@bytes.fromhex\n@(lambda f: {text.encode().hex()!r})\ndef f(): pass\n"
    assert {"decode_then_execute", "unpacked_code", "import_time_network"} <= matched_rules(source)


def test_the_arguments_of_a_passed_function_are_followed():
    source = "import base64, threading\nthreading.Thread(target=exec, args=(base64.b64decode(x),)).start()"
    assert "decode_then_execute" in matched_rules(source)
    source = f"import base64, os, atexit\natexit.register(os.system, base64.b64decode('{INNER}'))"
    assert "decode_then_run" in matched_rules(source)
