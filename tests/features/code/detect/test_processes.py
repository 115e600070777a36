"""Suspicious starts of programs are detected."""

import pytest

from tests.features.code.conftest import matched_rules

CASES = [
    ("decode_then_run", "import os, base64\nos.system(base64.b64decode(x).decode())", "import os\nos.system('ls')"),
    ("network_to_process", "import socket, subprocess\ns = socket.socket()\ns.connect(a)\nsubprocess.run(s.recv(9))", "import socket\ns = socket.socket()\ns.recv(9)"),
    ("build_then_run", "import os\nos.system(chr(105) + chr(x))", "import os\nos.system('i' + 'd')"),
    ("silent_process", "import os\ntry:\n    os.system('id')\nexcept:\n    pass", "import os\nos.system('id')"),
    ("hidden_window", "import subprocess\nsubprocess.Popen('x', creationflags=subprocess.CREATE_NO_WINDOW)", "import subprocess\nsubprocess.Popen('x', creationflags=0)"),
    ("hidden_window", "import subprocess\nsubprocess.Popen('x', creationflags=0x08000000)", "import subprocess\nsubprocess.Popen('x')"),
    ("detached_process", "import subprocess\nsubprocess.Popen('x', start_new_session=True)", "import subprocess\nsubprocess.Popen('x', shell=True)"),
    ("pip_install", "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pip', 'install', 'x'])", "import subprocess\nsubprocess.run(['make', 'install'])"),
    ("pip_install", "import os\nos.system('pip install x')", "import os\nos.system('make install')"),
]  # fmt: skip
"""Rule, an inert look-alike that matches it, a benign twin that does not."""


@pytest.mark.parametrize(("rule", "look_alike", "twin"), CASES)
def test_a_rule_matches_the_look_alike_and_not_its_twin(rule, look_alike, twin):
    assert rule in matched_rules(look_alike)
    assert rule not in matched_rules(twin)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("['pip3', 'install', 'x']", True),
        ("['/usr/bin/pip', 'install', 'x']", True),
        ("['pip', 'list']", False),
        ("['npm', 'install', 'x']", False),
        ("'python -m pip install x'", True),
        ("['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'pip', 'install']", False),
    ],
)
def test_installing_is_read_from_the_words_of_a_command(command, expected):
    assert ("pip_install" in matched_rules(f"import subprocess\nsubprocess.run({command})")) is expected


def test_what_is_piped_into_a_program_counts_as_its_command():
    source = "import subprocess, base64\nsubprocess.run('sh', input=base64.b64decode(x))"
    assert "decode_then_run" in matched_rules(source)


def test_an_environment_of_a_program_is_not_its_command():
    source = "import subprocess, base64\nsubprocess.run('sh', env=base64.b64decode(x))"
    assert "decode_then_run" not in matched_rules(source)


@pytest.mark.parametrize(("flags", "expected"), [("0x08000000 | 8", True), ("flags", False), ("'x'", False)])
def test_the_flag_of_a_hidden_window_is_a_bit(flags, expected):
    source = f"import subprocess\nsubprocess.Popen('x', creationflags={flags})"
    assert ("hidden_window" in matched_rules(source)) is expected


@pytest.mark.parametrize(
    "source",
    [
        "from pip._internal.cli.main import main as m\nm(['install', 'x'])",
        "import ensurepip\nensurepip._run_pip(['install', 'x'])",
        "from setuptools.command.easy_install import main\nmain(['x'])",
        "from setuptools import sandbox\nsandbox.run_setup('setup.py', ['install'])",
        "from distutils.core import run_setup\nrun_setup('x.py')",
    ],
)
def test_an_installer_in_the_same_process_installs(source):
    assert {"pip_install", "import_time_process"} <= matched_rules(source)
