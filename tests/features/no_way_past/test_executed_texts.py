"""A text that setup.py executes is found, whatever the call and after the usual decodings."""

import base64
import binascii
import codecs
import json
from urllib.parse import quote_from_bytes

import pytest

CALLS = [
    b"exec(open('run' + '.txt').read())\n",
    b"import glob\nfor f in glob.glob('*.txt'):\n    exec(open(f).read())\n",
    b"import subprocess, sys\nsubprocess.call([sys.executable, 'run.txt'])\n",
    b"import os\nos.system('python run.txt')\n",
    b"import os\nos.chmod('run.txt', 0o755)\nos.execv('./run.txt', [])\n",
    b"from pathlib import Path\nexec((Path(__file__).parent / 'run.txt').read_text())\n",
    b"n = 'run'\nexec(open(f'{n}.txt').read())\n",
    b"NAME = 'run.txt'\n" + b"# a comment\n" * 100 + b"exec(open(NAME).read())\n",
    b"import builtins\ngetattr(builtins, 'ex' + 'ec')(open('run.txt').read())\n",
    b"import importlib.machinery as m\nm.SourceFileLoader('x', 'run.txt').load_module()\n",
    b"import importlib.util as u\ns = u.spec_from_file_location('x', 'run.txt')\n",
    b"import codecs\nexec(codecs.open('run.txt').read())\n",
    b"import linecache\nexec(''.join(linecache.getlines('run.txt')))\n",
    b"import fileinput\nexec(''.join(fileinput.input('run.txt')))\n",
    b"import pkgutil\nexec(pkgutil.get_data('demo', 'run.txt'))\n",
    b"import subprocess, sys\nsubprocess.run([sys.executable], stdin=open('run.txt'))\n",
    b"import runpy\nrunpy.run_path('run.txt')\n",
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_the_payload_is_found_in_a_text_however_it_is_executed(call, make, examine):
    seen = examine(make.sdist({"setup.py": call, "run.txt": make.code}))
    assert "demo-1.0/run.txt" in {member for member, _ in seen.locations()}, seen.describe()


def lines(data):
    return b"\n".join(data[at : at + 60] for at in range(0, len(data), 60))


def uu(data):
    pieces = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
    return b"".join([b"begin 644 x\n", *pieces, b"`\nend\n"])


def quoted(data):
    return b"".join(b"=%02X" % byte for byte in data)


def escaped(data):
    return b"".join(b"\\x%02x" % byte for byte in data)


READINGS = {
    "base64": ("base64.b64decode({})", base64.b64encode),
    "base64 in lines": ("base64.b64decode({})", lambda data: lines(base64.b64encode(data)) + b"\n"),
    "base64 twice": ("base64.b64decode(base64.b64decode({}))", lambda data: base64.b64encode(base64.b64encode(data))),
    "base64 for addresses": ("base64.urlsafe_b64decode({})", base64.urlsafe_b64encode),
    "base32": ("base64.b32decode({})", base64.b32encode),
    "base85": ("base64.b85decode({})", base64.b85encode),
    "hexadecimal": ("bytes.fromhex({})", lambda data: data.hex().encode()),
    "packed": ("zlib.decompress(base64.b64decode({}))", lambda data: base64.b64encode(codecs.encode(data, "zlib"))),
    "backwards": ("{}[::-1]", lambda data: data[::-1]),
    "backwards in base64": ("base64.b64decode({}[::-1])", lambda data: base64.b64encode(data)[::-1]),
    "with letters between": ("{}.replace('@', '')", lambda data: b"@".join(bytes([byte]) for byte in data)),
    "with other letters": (
        "{}.replace('~', 'o').replace(chr(0), '').replace('!', \"e\")",
        lambda data: data.replace(b"o", b"~").replace(b"e", b"!"),
    ),
    "in pieces": ("''.join({}.split('#%'))", lambda data: b"#%".join(bytes([byte]) for byte in data)),
    "with other letters in base64": (
        "base64.b64decode({}.replace('-', 'a'))",
        lambda data: base64.b64encode(data).replace(b"a", b"-"),
    ),
    "translated": (
        "{}.translate(str.maketrans('0123', 'orte'))",
        lambda data: data.decode().translate(str.maketrans("orte", "0123")).encode(),
    ),
    "every second letter": ("{}[::2]", lambda data: b"".join(bytes([byte, 64]) for byte in data)),
    "JSON": ("json.loads({})['a'][1]", lambda data: json.dumps({"a": [1, data.decode()]}).encode()),
    "JSON of base64": (
        "base64.b64decode(json.loads({})['a'])",
        lambda data: json.dumps({"a": base64.b64encode(data).decode()}).encode(),
    ),
    "JSON of lines": ("'\\n'.join(json.loads({}))", lambda data: json.dumps(data.decode().split("\n")).encode()),
    "quoted-printable": ("quopri.decodestring({})", quoted),
    "uu": ("codecs.decode({}.encode(), 'uu')", uu),
    "an address's escapes": ("urllib.parse.unquote({})", lambda data: quote_from_bytes(data, safe="").encode()),
    "HTML's escapes": ("html.unescape({})", lambda data: b"".join(b"&#%d;" % byte for byte in data)),
    "Python's escapes": ("codecs.decode({}, 'unicode_escape')", escaped),
    "UTF-7": ("codecs.decode({}.encode(), 'utf-7')", lambda data: data.replace(b"e", b"+AGU-").replace(b"o", b"+AG8-")),
    "base85 of Adobe": ("base64.a85decode({})", base64.a85encode),
    "rotated": ("codecs.decode({}, 'rot13')", lambda data: codecs.encode(data.decode(), "rot13").encode()),
}


@pytest.mark.parametrize("name", ["run.txt", "demo/data", "README.md"])
@pytest.mark.parametrize("reading", READINGS)
def test_the_payload_is_found_in_a_text_that_is_decoded_first(reading, name, make, examine):
    decode, encode = READINGS[reading]
    setup = f"import base64, codecs, zlib\nexec({decode.format(f'open({name!r}).read()')})\n".encode()
    examine(make.sdist({"setup.py": setup, name: encode(make.code)})).is_found(f"demo-1.0/{name}", "install")


def test_the_payload_is_found_in_numbers(make, examine):
    setup = b"exec(bytes(map(int, open('run.txt').read().split(','))))\n"
    seen = examine(make.sdist({"setup.py": setup, "run.txt": ",".join(map(str, make.code)).encode()}))
    assert ("demo-1.0/run.txt", "install") in seen.locations(), seen.describe()


@pytest.mark.parametrize(
    "text", [b"1.0.2\n", b"# Demo\n\nimport demo\n", base64.b64encode(bytes(range(200))), b"\xff\xfe\n", b"~" * 90]
)
def test_a_text_that_is_no_code_stays_a_text(text, make, examine):
    setup = b"exec('V = %r' % open('run.txt').read())\n"
    seen = examine(make.sdist({"setup.py": setup, "run.txt": text}))
    assert seen.row.values["files_python"] <= 2, seen.describe()


@pytest.mark.parametrize(
    "call", ["subprocess.run([sys.executable, 'run.txt'])", "os.system('python run.txt')", "runpy.run_path('run.txt')"]
)
def test_the_payload_is_found_in_a_text_that_a_program_runs(call, make, examine):
    setup = f"import os, runpy, subprocess, sys\n{call}\n".encode()
    examine(make.sdist({"setup.py": setup, "run.txt": make.code})).is_found("demo-1.0/run.txt", "install")
    other = examine(make.sdist({"setup.py": setup, "other.txt": make.code}))
    assert ("demo-1.0/other.txt", "rest") in other.locations(), other.describe()


def test_the_payload_is_found_in_a_chain_of_executed_files(make, examine):
    files = {"setup.py": b"import os\nos.system('python a.py')\n", "a.py": b"exec(open('run.txt').read()[::-1])\n"}
    examine(make.sdist({**files, "run.txt": make.code[::-1]})).is_found("demo-1.0/run.txt", "install")


def test_unpacking_a_small_text_is_bounded(make, examine):
    data = base64.b64encode(codecs.encode(make.code + b"#" * 900_000, "zlib"))
    setup = b"exec(zlib.decompress(base64.b64decode(open('run.txt').read())))\n"
    seen = examine(make.sdist({"setup.py": setup, "run.txt": data}))
    seen.is_seen("exec_decoded", "demo-1.0/setup.py")
