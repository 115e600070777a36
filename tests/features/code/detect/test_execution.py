"""Code that is executed after it was decoded, downloaded, read, rebuilt or put together."""

import pytest

from tests.features.code.conftest import INNER, matched_rules

CASES = [
    ("decode_then_execute", f"import base64\nexec(base64.b64decode('{INNER}'))", "import base64\nx = base64.b64decode(a)\nexec(b)"),
    ("decode_then_execute", "import base64, zlib\na = zlib.decompress(base64.b64decode(blob))\nb = a.decode()\neval(compile(b, '', 'exec'))", "import zlib\nprint(zlib.decompress(x))"),
    ("decode_then_execute", "import base64\ndef d(x):\n    return base64.b64decode(x)\nexec(d(y))", "import base64\ndef d(x):\n    return base64.b64encode(x)\nexec(d(y))"),
    ("decode_then_execute", "import base64\ndef run(code):\n    exec(code)\nrun(base64.b64decode(x))", "def run(code):\n    exec(code)\nrun('1')"),
    ("download_then_execute", "import requests\nexec(requests.get(u).text)", "import requests\nprint(requests.get(u).text)"),
    ("download_then_execute", "from urllib.request import urlopen as o\nwith o(u) as f:\n    c = f.read()\nexec(c)", "exec('1')"),
    ("build_then_execute", "exec(''.join(chr(ord(c) ^ k) for c in t))", "print(''.join(chr(c) for c in t))"),
    ("file_then_execute", "exec(open('x').read())", "x = open('x').read()"),
    ("deserialize_then_execute", "import marshal\nexec(marshal.loads(x))", "import marshal\nmarshal.loads(x)"),
]  # fmt: skip
"""Rule, an inert look-alike that matches it, a benign twin that does not."""


@pytest.mark.parametrize(("rule", "look_alike", "twin"), CASES)
def test_a_rule_matches_the_look_alike_and_not_its_twin(rule, look_alike, twin):
    assert rule in matched_rules(look_alike)
    assert rule not in matched_rules(twin)


def test_code_in_any_argument_of_a_code_object_counts():
    source = "import types, base64\ntypes.CodeType(0, 0, base64.b64decode(x), 0)"
    assert "decode_then_execute" in matched_rules(source)


def test_of_exec_the_first_argument_counts_alone():
    assert "decode_then_execute" not in matched_rules("import base64\nexec('x = 1', base64.b64decode(x))")


@pytest.mark.parametrize("handed", ["map(exec, [{}])", "Thread(target=eval, args=({},))", "start(func=exec, code={})"])
def test_code_that_somebody_else_gives_to_exec_counts(handed):
    source = "import base64\nfrom threading import Thread\n" + handed.format("base64.b64decode(x)")
    assert "decode_then_execute" in matched_rules(source)


def test_every_source_of_executed_code_is_a_rule_of_its_own():
    source = "import base64, requests\nexec(base64.b64decode(requests.get(u).text) + open(p).read())"
    assert {"decode_then_execute", "download_then_execute", "file_then_execute"} <= matched_rules(source)
