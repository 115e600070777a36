"""Values are followed to their sources."""

import pytest

from features.code.evaluate.dataflow import SOURCE_BITS, UNPACKED, DataFlow, Origin
from tests.features.code.conftest import build_resolver, last_call


def origin(source: str) -> Origin:
    """Return the origin of the argument of the last call of `result`."""
    resolver = build_resolver(source)
    dataflow = DataFlow(resolver)
    call, scope = last_call(resolver)
    return dataflow.origin(call.args[0], scope)


def sources(source: str) -> set[str]:
    bits = origin(source).sources
    return {name for name, bit in SOURCE_BITS.items() if bits & bit}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'constant'", set()),
        ("base64.b64decode(x)", {"decode"}),
        ("zlib.decompress(base64.b64decode(x)).decode()", {"decode", "decompress"}),
        ("requests.get(u).text", {"network_receive"}),
        ("open(p).read()", {"file_read"}),
        ("os.environ", {"environment"}),
        ("os.environ['KEY']", {"environment"}),
        ("os.getenv('KEY')", {"environment"}),
        ("platform.node()", {"host_info"}),
        ("subprocess.check_output('id')", {"execute_process"}),
        ("chr(x) + 'a'", {"build_text"}),
        ("x ^ 1", {"build_text"}),
        ("''.join(x)", set()),
        ("f'{platform.node()}'", {"host_info"}),
        ("[y for y in open(p)]", {"file_read"}),
        ("{'k': [os.environ]}", {"environment"}),
        ("lambda: os.environ", set()),
        ("unknown(os.environ)", {"environment"}),
        ("unknown(k=os.environ)", {"environment"}),
        ("os.environ if x else y", {"environment"}),
    ],
)
def test_an_expression_carries_the_sources_in_it(expression, expected):
    assert sources(f"import base64, zlib, requests, os, platform, subprocess\nresult({expression})") == expected


@pytest.mark.parametrize(
    "source",
    [
        "import os\nx = os.environ\ny = x\nresult(y)",
        "import os\ndef f():\n    return os.environ\nresult(f())",
        "import os\ndef f(x):\n    result(x)\nf(os.environ)",
        "import os\ndef f(x):\n    result(x)\nf(x=os.environ)",
        "import os\nclass A:\n    def f(self, x):\n        result(x)\nA().f(os.environ)",
        "import os\nclass A:\n    def __init__(self, x):\n        result(x)\nA(os.environ)",
        "import os\nclass A:\n    def f(self):\n        self.x = os.environ\n    def g(self):\n        result(self.x)",
        "import os\nfor x in os.environ:\n    result(x)",
        "import os\nwith f(os.environ) as x:\n    result(x)",
        "from os import environ as e\nresult(e)",
        "import os\nx = ''\nx += os.environ['A']\nresult(x)",
    ],
)
def test_values_are_followed_through_the_file(source):
    assert sources(source) == {"environment"}


@pytest.mark.parametrize(
    ("expression", "layers"),
    [
        ("x", 0),
        ("base64.b64decode(x)", 1),
        ("zlib.decompress(base64.b64decode(x))", 2),
        ("base64.b64decode(x) + zlib.decompress(base64.b64decode(y))", 2),
        ("pickle.loads(zlib.decompress(x))", 2),
    ],
)
def test_decoding_calls_on_top_of_each_other_are_layers(expression, layers):
    assert origin(f"import base64, zlib, pickle\nresult({expression})").layers == layers


@pytest.mark.parametrize(
    "source",
    ["a = b\nb = a\nresult(a)", "def f():\n    return f()\nresult(f())", "x = x + 'a'\nresult(x)"],
)
def test_definitions_in_a_circle_end(source):
    assert sources(source) == set()


def test_very_deep_expressions_end():
    assert sources("import os\nresult(" + "f(" * 70 + "os.environ" + ")" * 70 + ")") == set()


def test_the_sources_of_several_values_are_joined():
    resolver = build_resolver("import os, base64\nresult(os.environ, base64.b64decode(x), 1)")
    call, scope = last_call(resolver)
    found = DataFlow(resolver).sources(call.args, scope)
    assert found == SOURCE_BITS["environment"] | SOURCE_BITS["decode"]
    assert found & UNPACKED


@pytest.mark.parametrize(
    ("argument", "expected"),
    [("'%69%64'", {"decode"}), ("TEXT", {"decode"}), ("requests.get(u).url", {"network_receive"}), ("path", set())],
)
def test_escapes_hide_only_text_of_the_file_itself(argument, expected):
    assert expected == sources(
        f"import requests\nfrom urllib.parse import unquote\nTEXT = '%69%64'\ndef f(path):\n    result(unquote({argument}))\n"
    )
