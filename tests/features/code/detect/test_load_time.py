"""Behaviour while a package is installed or imported is detected."""

import pytest

from features.code.analyse_file import analyse_file
from features.contract import Role
from tests.features.code.conftest import matched_rules

ACTS = {
    "process": "import os\nos.system('id')",
    "network": "import requests\nrequests.get(u)",
    "execute": "exec(text)",
    "deserialize": "import pickle\npickle.load(stream)",
    "native": "import ctypes\nctypes.CDLL(__file__ + '.dat')",
    "host": "import getpass\ngetpass.getuser()",
}


@pytest.mark.parametrize("act", ACTS)
def test_an_act_of_a_setup_file_happens_at_install(act):
    assert f"install_time_{act}" in matched_rules(ACTS[act], Role.INSTALL)


@pytest.mark.parametrize("act", ["process", "network", "execute", "deserialize", "native"])
@pytest.mark.parametrize("role", [Role.IMPORT, Role.REST])
def test_an_act_of_a_module_happens_at_import(act, role):
    assert f"import_time_{act}" in matched_rules(ACTS[act], role)


@pytest.mark.parametrize("act", ACTS)
def test_an_act_in_a_function_that_nobody_calls_does_not_happen(act):
    body = "\n".join(f"    {line}" for line in ACTS[act].split("\n"))
    rules = matched_rules(f"def f():\n{body}", Role.INSTALL)
    assert not {rule for rule in rules if rule.startswith(("install_time_", "import_time_"))}


@pytest.mark.parametrize("call", ["platform.system()", "os.getcwd()", "os.path.expanduser('~')", "pathlib.Path.home()"])
def test_what_every_setup_file_asks_of_its_host_is_harmless(call):
    assert "install_time_host" not in matched_rules(f"import os, platform, pathlib\n{call}", Role.INSTALL)


def test_compiling_executes_nothing():
    assert "install_time_execute" not in matched_rules("compile(text, 'x', 'exec')", Role.INSTALL)


def test_a_setup_file_that_executes_a_file_of_its_own_weighs_less():
    weights = [
        next(
            location.weight
            for location in analyse_file(source.encode(), Role.INSTALL).locations
            if location.id == "install_time_execute"
        )
        for source in ("exec(open('version.py').read())", "exec(text)")
    ]
    assert weights[0] == pytest.approx(0.3 * weights[1])


@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.load(__file__ + 'x')",
        "import ctypes\nctypes.CDLL('libc.so.6')",
        "import ctypes\nctypes.CDLL(None).strlen(__file__)",
        "import yaml\nyaml.safe_load(text)",
    ],
)
def test_what_depends_on_a_version_or_comes_from_the_system_is_harmless(source):
    assert frozenset() == matched_rules(source)


@pytest.mark.parametrize(
    "source",
    [
        "import sqlite3\nsqlite3.connect(':memory:').load_extension(__file__[:-11] + 'x.dat')",
        "import cffi\ncffi.FFI().dlopen(__file__ + 'x')",
        "import llvmlite.binding as l\nl.create_mcjit_compiler(module, machine)",
    ],
)
def test_native_code_is_loaded_in_many_ways(source):
    assert "import_time_native" in matched_rules(source)
