"""Dotted names have the behaviours of what calling them does."""

import re

import pytest

from features.code.evaluate.api_behaviours import (
    ACTING,
    BEHAVIOURS,
    DECODING,
    EXECUTING,
    find_behaviours,
    star_import_names,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("os.system", ("execute_process",)),
        ("exec", ("execute_code",)),
        ("subprocess.run", ("execute_process",)),
        ("subprocess.Popen", ("execute_process",)),
        ("subprocess.Popen.wait", ()),
        ("subprocess.list2cmdline", ()),
        ("base64.b64decode", ("decode",)),
        ("base64.b64encode", ()),
        ("base64.b64encode.decode", ()),
        ("?.b64decode", ("decode",)),
        ("?.check_output", ("execute_process",)),
        ("paramiko.SSHClient.connect", ("network_send",)),
        ("httpx.get", ("network_receive",)),
        ("httpx.Client.post", ("network_send",)),
        ("cryptography.fernet.Fernet.decrypt", ("crypto",)),
        ("os.environ.get", ("environment",)),
        ("unknown", ()),
        ("unknown.method", ()),
        ("", ()),
    ],
)
def test_a_name_has_its_behaviours(name, expected):
    found = find_behaviours(name)
    assert set(expected) <= set(found)
    assert bool(found) is bool(expected)


def test_a_prefix_and_a_method_add_up():
    assert set(find_behaviours("discord.client.urlopen")) == {"network_send", "network_receive"}


def test_ids_are_unique_and_meanings_complete_a_sentence():
    ids = [behaviour.id for behaviour in BEHAVIOURS]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z]\w+s? .*[^.]|waits", behaviour.meaning) for behaviour in BEHAVIOURS)


def test_the_named_groups_hold_behaviours_that_exist():
    assert DECODING | EXECUTING | ACTING <= {behaviour.id for behaviour in BEHAVIOURS}


@pytest.mark.parametrize(
    ("module", "names"),
    [("os", {"system", "environ"}), ("subprocess", {"run", "Popen"}), ("base64", {"b64decode"}), ("unknown", set())],
)
def test_a_star_import_brings_the_names_with_behaviours(module, names):
    found = star_import_names(module)
    assert names <= set(found)
    assert list(found) == sorted(set(found))
    assert bool(found) is bool(names)
