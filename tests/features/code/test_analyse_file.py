"""Each behaviour with a look-alike (inert) and a benign twin."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.code.analyse_file import analyse_file
from features.code.detect.rules import SYNTAX_RULES
from features.code.evaluate.api_behaviours import BEHAVIOURS
from features.code.measures import MEASURES
from features.contract import Role

INNER = "aW1wb3J0IG9zCm9zLnN5c3RlbSgnaWQnKQ=="  # import os / os.system('id')
SETUP = "from setuptools import setup\nfrom setuptools.command.install import install\n"


def counts(source: str, role: Role = Role.REST) -> dict[str, int]:
    return dict(analyse_file(source.encode(), role).counts)


SAME_CALL = [
    "import os\nos.system('id')",
    "import os as x\nx.system('id')",
    "from os import system as s\ns('id')",
    "from os import *\nsystem('id')",
    "__import__('os').system('id')",
    "__import__('o' + 's').system('id')",
    "__import__('so'[::-1]).system('id')",
    "import importlib\nimportlib.import_module('o' + 's').system('id')",
    "from importlib import import_module as im\nim('os').system('id')",
    "import os\ngetattr(os, 'sys' + 'tem')('id')",
    "import os\ngetattr(os, ''.join(['sys', 'tem']))('id')",
    "import os\ngetattr(os, 'metsys'[::-1])('id')",
    "import os\ngetattr(os, ''.join(map(chr, [115, 121, 115, 116, 101, 109])))('id')",
    "import os\ngetattr(os, ''.join(chr(x ^ 1) for x in [114, 120, 114, 117, 100, 108]))('id')",
    "import os\nvars(os)['system']('id')",
    "import os\nos.__dict__['system']('id')",
    "import os, sys\nsys.modules['os'].system('id')",
    "import os\nglobals()['os'].system('id')",
    "import builtins\nbuiltins.__import__('os').system('id')",
    "__builtins__.__import__('os').system('id')",
    "__builtins__.__dict__['__import__']('os').system('id')",
    "__builtins__['__import__']('os').system('id')",
    "import os\nrun = os.system\nrun('id')",
    "import os\nrun = getattr(os, 'system')\nagain = run\nagain('id')",
    "import os\nf = (lambda: os.system)()\nf('id')",
    "import os\n[print, os.system][1]('id')",
    "import os\n{'a': os.system}['a']('id')",
    "import os, functools\nfunctools.partial(os.system, 'id')()",
    "class A:\n    def __init__(self):\n        import os\n        self.o = os\n    def go(self):\n        self.o.system('id')",
    "name = 'sys'\nname += 'tem'\nimport os\ngetattr(os, name)('id')",
    "import base64, os\ngetattr(os, base64.b64decode('c3lzdGVt').decode())('id')",
]


@pytest.mark.parametrize("source", SAME_CALL)
def test_a_call_is_known_under_every_name(source):
    assert counts(source)["call_execute_process"] >= 1


@pytest.mark.parametrize(
    "source",
    [
        "def system(x):\n    return x\nsystem('id')",
        "class os:\n    def system(self):\n        pass\nos().system()",
        "import osmosis as o\no.system('id')",
        "import os\ngetattr(os, name)('id')",
        "text = 'os.system(1)'",
    ],
)
def test_a_name_that_only_looks_like_it_is_no_process(source):
    assert counts(source).get("call_execute_process", 0) == 0


RUNS_AT_INSTALL = [
    "import os\nos.system('id')",
    "import os\ndef f():\n    os.system('id')\nf()",
    "import os\ndef g():\n    os.system('id')\ndef f():\n    g()\nf()",
    "import os\nclass A:\n    os.system('id')",
    "import os\ndef f(a=os.system('id')):\n    pass",
    "import os\ndef deco(f):\n    os.system('id')\n    return f\n@deco\ndef g():\n    pass",
    "import os, atexit\ndef f():\n    os.system('id')\natexit.register(f)",
    "import os, threading\ndef f():\n    os.system('id')\nthreading.Thread(target=f).start()",
    "import os\nif __name__ == '__main__':\n    os.system('id')",
    SETUP + "import os\nclass X(install):\n    def run(self):\n        os.system('id')\nsetup(cmdclass={'install': X})",
    SETUP
    + "import os\nclass X(install):\n    def run(self):\n        self.go()\n    def go(self):\n        os.system('id')\nsetup(cmdclass={'install': X})",
    SETUP
    + "import os\nclass X(install):\n    def finalize_options(self):\n        os.system('id')\nsetup(cmdclass=dict(install=X))",
    "import os\ndef build_wheel(a, b, c):\n    os.system('id')",
    SETUP + "import os\nsetup(name='x', version=str(os.system('id')))",
    "import os\nclass A:\n    def __init__(self):\n        os.system('id')\nA()",
    "import os\n(lambda: os.system('id'))()",
    "import os, sys\nif 'install' in sys.argv:\n    os.system('id')",
    "import os, sys\nif 'test' not in sys.argv:\n    os.system('id')",
]


@pytest.mark.parametrize("source", RUNS_AT_INSTALL)
def test_what_runs_at_install_is_followed(source):
    assert counts(source, Role.INSTALL).get("finding_install_time_process", 0) >= 1


@pytest.mark.parametrize(
    "source",
    [
        "import os\ndef f():\n    os.system('id')",
        "import os\nclass A:\n    def run(self):\n        os.system('id')",
        "import os, sys\nif sys.argv[-1] == 'publish':\n    os.system('twine upload dist/*')",
        SETUP
        + "from setuptools import Command\nimport os\nclass Upload(Command):\n    def run(self):\n        os.system('twine upload')\nsetup(cmdclass={'upload': Upload})",
    ],
)
def test_what_nobody_runs_at_install_does_not_count(source):
    assert counts(source, Role.INSTALL).get("finding_install_time_process", 0) == 0
    assert counts(source, Role.INSTALL)["call_execute_process"] == 1


def test_a_main_guard_runs_in_a_script_and_not_in_an_import():
    source = "import os\nif __name__ == '__main__':\n    os.system('id')"
    assert counts(source, Role.INSTALL)["run_execute_process"] == 1
    assert "run_execute_process" not in counts(source, Role.IMPORT)


def test_hidden_code_counts_as_if_it_stood_there():
    found = counts(f"import base64\nexec(base64.b64decode('{INNER}'))", Role.IMPORT)
    assert found["call_execute_process"] == 1
    assert found["run_execute_process"] == 1
    assert found["unpacked_layers"] == 1
    assert found["unpacked_execution"] >= 1


def test_spots_name_the_line():
    spots = analyse_file(f"import base64\n\nexec(base64.b64decode('{INNER}'))".encode(), Role.INSTALL).locations
    assert (spots[0].id, spots[0].line) == ("decode_then_execute", 3)
    assert "exec(" in spots[0].excerpt


PYTHON2 = """
import os
print "starting", os.getcwd()
exec "import sys"
try:
    os.system('id')
except Exception, e:
    print >>sys.stderr, `e`
mode = 0755
if mode <> 1: raise ValueError, "no"
"""


def test_python_2_is_read_by_its_tree():
    analysis = analyse_file(PYTHON2.encode(), Role.INSTALL)
    assert analysis.parsed
    assert analysis.counts["python2"] == 1
    assert analysis.counts["call_execute_process"] == 1
    assert analysis.counts["call_execute_code"] == 1


@pytest.mark.parametrize(
    "source",
    [
        'import os\nx = f"{a["b"]}"\nos.system("id")',
        "import os\nx = f\"{'\\n'.join(a)}\"\nos.system('id')",
        "import os\ndef f[T](a: T) -> T:\n    return a\ntype X = int\nos.system('id')",
    ],
)
def test_newer_syntax_is_no_broken_file(source):
    analysis = analyse_file(source.encode(), Role.INSTALL)
    assert analysis.parsed
    assert analysis.counts["run_execute_process"] == 1
    assert "python2" not in analysis.counts


@pytest.mark.parametrize(
    "source",
    [
        'x = """\nimport os as o\no.system("id")\n',
        'import os as o\no.system("id")\ndef (:\n',
        "from os import system as s\n)\ns('id')\n",
    ],
)
def test_a_broken_file_is_read_word_by_word(source):
    analysis = analyse_file(source.encode(), Role.INSTALL)
    assert not analysis.parsed
    assert analysis.counts["unparsed"] == 1
    assert analysis.counts["call_execute_process"] == 1


def test_decoding_beside_execution_shows_in_a_broken_file():
    source = f"x = '''\nimport base64\nexec(base64.b64decode('{INNER}'))\n"
    found = counts(source, Role.INSTALL)
    assert found["finding_decode_then_execute"] == 1
    assert found["unpacked_layers"] == 1


@pytest.mark.parametrize(
    "source",
    [
        "(" * 500 + ")" * 500,
        "x = " + "[" * 199 + "]" * 199,
        "a" + "()" * 30_000,
        "1" + "+1" * 30_000,
        "not " * 30_000 + "1",
        "lambda: " * 20_000 + "1",
        "import a" + ".a" * 100_000,
        "if a:\n pass\n" + "elif a:\n pass\n" * 3_000,
    ],
)
def test_nesting_that_a_parser_dies_of_is_a_reason(source):
    analysis = analyse_file(source.encode(), Role.INSTALL)
    assert (analysis.parsed, analysis.reason, analysis.counts["too_deep"]) == (False, "depth", 1)


@pytest.mark.parametrize(
    "source",
    [
        " " * 500_000 + ":",
        "'" + "\\'" * 250_000,
        "def a[" * 80_000,
        "print " * 80_000,
        ";" * 400_000,
        "a" * 900_000,
        "x = '" + "ab" * 400_000 + "'",
        'f"{' * 100_000,
        "`" * 400_001,
        ("(" * 45 + "'\\'") * 8_000,
        "x = [" + "chr(1)," * 15_000 + "]\nexec(''.join(x))",
        "\n".join(f"a{n} = a{n - 1} + a{n - 1}" for n in range(1, 3000)) + "\na0 = 'aaaa'\nexec(a2999)",
    ],
)
@pytest.mark.timeout(60)
def test_the_analysis_ends_whatever_the_file(source):
    analysis = analyse_file(source.encode(), Role.INSTALL)
    assert analysis.parsed or analysis.reason in {"depth", "syntax", "size"}


@pytest.mark.parametrize(
    "data",
    [
        "import os\nos.system('é')".encode("utf-16"),
        b"# -*- coding: latin-1 -*-\nimport os\nos.system('\xe9')",
        b"\xef\xbb\xbfimport os\nos.system('id')",
        b"import os\r\nos.system('id')\r\n",
        b"#\0\nimport os\nos.system('id')",
    ],
)
def test_encodings_hide_nothing(data):
    assert analyse_file(data, Role.INSTALL).counts["run_execute_process"] == 1


def test_code_out_of_sight():
    assert counts("x = 1;" + " " * 200 + "import os")["offscreen_lines"] == 1
    assert "offscreen_lines" not in counts("x = 1" + " " * 200 + "# a comment\n" + " " * 200 + "\n")


KNOWN = (
    {f"call_{b.id}" for b in BEHAVIOURS}
    | {f"run_{b.id}" for b in BEHAVIOURS}
    | {f"finding_{f.id}" for f in SYNTAX_RULES}
    | {m.id for m in MEASURES}
)


def check(data: bytes) -> None:
    analysis = analyse_file(data, Role.INSTALL)
    assert {k for k in analysis.counts if not k.startswith(("folded_", "unpacked_"))} <= KNOWN
    assert pickle.loads(pickle.dumps(analysis)) == analysis
    assert all(spot.line >= 1 and len(spot.excerpt) <= 200 for spot in analysis.locations)
    assert analysis == analyse_file(data, Role.INSTALL)


@given(st.binary(max_size=400))
def test_any_bytes_have_an_analysis(data):
    check(data)


@given(st.text(max_size=400))
def test_any_text_has_an_analysis(text):
    check(text.encode("utf-8", "surrogatepass"))


PIECES = st.sampled_from(
    [*"()[]{}'\"\\\n\t :;,.=+%@#", "exec", "eval", "import ", "from os import ", "as e", "getattr", "base64.b64decode",
     "'''", '"""', "lambda x: ", "f'{", "chr", "''.join", "def f(x):\n ", "class A:\n ", "return ", "for x in ", "[::-1]",
     "os", "system", "x", "1", "99999999999", "0x", "b'", "\\x00", "if ", "else:", "try:\n", "except: pass", INNER]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=60))
def test_anything_that_looks_like_code_has_an_analysis(pieces):
    check("".join(pieces).encode())
