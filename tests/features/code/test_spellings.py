"""One payload in many disguises: what each spelling must give away. All payloads are inert."""

import base64
import binascii
import bz2
import codecs
import gzip
import lzma
import marshal
import quopri
import zlib

import pytest

from features.code.analyse_file import analyse_file
from features.contract import Role

CODE = "import os\nprint('boojum', os.getcwd())\n# https://example.invalid/x\n"
RAW = CODE.encode()
URL = "https://discord.com/api/webhooks/1/example-invalid"
B64 = base64.b64encode(RAW).decode()
NUMBERS = list(RAW)
KEY = "snark"


def xored(data: bytes, key: bytes) -> bytes:
    return bytes(byte ^ key[at % len(key)] for at, byte in enumerate(data))


def shifted(text: str, by: int) -> str:
    return "".join(chr(ord(char) + by) for char in text)


def uued(data: bytes) -> str:
    lines = [binascii.b2a_uu(data[at : at + 45]).decode() for at in range(0, len(data), 45)]
    return "begin 666 x\n" + "".join(lines) + " \nend\n"


DOTTED = "".join(char + "~" for char in CODE)
PERCENT = f"{'%c' * len(RAW)!r} % {tuple(NUMBERS)!r}"
LATIN = xored(RAW, KEY.encode()).decode("latin-1")
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
TURNED = ALPHABET[7:] + ALPHABET[:7]
SWAPPED = CODE.translate(str.maketrans(ALPHABET, TURNED))
LOOP = """
def reveal(data, key):
    out = ''
    for at, char in enumerate(data):
        out += chr(ord(char) ^ ord(key[at % len(key)]))
    return out
"""

UNPACKED = {
    "xor_bytes": f"d = {xored(RAW, b'K')!r}\nexec(bytes(b ^ 75 for b in d))",
    "xor_bytes_list": f"d = {list(xored(RAW, b'K'))!r}\nexec(bytes([b ^ 0x4b for b in d]).decode())",
    "xor_key_name": f"k = {KEY!r}\nd = {LATIN!r}\nexec(''.join(chr(ord(c) ^ ord(k[i % len(k)])) for i, c in enumerate(d)))",
    "xor_range": f"k = {KEY!r}\nd = {LATIN!r}\nexec(''.join(chr(ord(d[i]) ^ ord(k[i % len(k)])) for i in range(len(d))))",
    "xor_cycle": f"from itertools import cycle\nexec(bytes(a ^ b for a, b in zip({xored(RAW, b'key')!r}, cycle(b'key'))))",
    "xor_function": f"def x(d, k):\n    return ''.join(chr(ord(c) ^ k) for c in d)\nexec(x({xored(RAW, b'A').decode('latin-1')!r}, 65))",
    "xor_loop_function": f"{LOOP}\nexec(reveal({LATIN!r}, {KEY!r}))",
    "xor_loop_module": f"o = ''\nfor c in {list(xored(RAW, b'Z'))!r}:\n    o += chr(c ^ 90)\nexec(o)",
    "xor_append": f"o = []\nfor c in {list(xored(RAW, b'Z'))!r}:\n    o.append(chr(c ^ 90))\nexec(''.join(o))",
    "xor_bytearray": f"o = bytearray()\nfor c in {xored(RAW, b'Z')!r}:\n    o.append(c ^ 90)\nexec(o.decode())",
    "xor_under_base64": f"import base64\nexec(bytes(b ^ 9 for b in base64.b64decode({base64.b64encode(xored(RAW, bytes([9]))).decode()!r})))",
    "xor_lambda": f"f = lambda d, k: bytes(a ^ k for a in d)\nexec(f({xored(RAW, b'q')!r}, 113))",
    "xor_argument": f"def go(d):\n    exec(bytes(b ^ 75 for b in d))\ngo({xored(RAW, b'K')!r})",
    "xor_method": f"class A:\n    key = 75\n    def un(self, d):\n        return bytes(b ^ self.key for b in d)\nexec(A().un({xored(RAW, b'K')!r}))",
    "xor_guessed": f"k = int(input())\nexec(bytes(b ^ k for b in {xored(RAW, bytes([183]))!r}))",
    "xor_guessed_hex": f"k = int(input())\nexec(bytes(b ^ k for b in bytes.fromhex({xored(RAW, bytes([183])).hex()!r})))",
    "xor_guessed_list": f"k = int(input())\nexec(bytes(b ^ k for b in {list(xored(RAW, bytes([183])))!r}))",
    "xor_known_key": f"class C:\n    def __init__(self, k):\n        self.k = k\n    def go(self, d):\n        return bytes(x ^ y for x, y in self.pairs(d))\nexec(C({KEY!r}).go({xored(RAW, KEY.encode())!r}))",
    "shift": f"exec(''.join(chr(ord(c) - 3) for c in {shifted(CODE, 3)!r}))",
    "shift_lambda": f"exec(''.join(map(lambda c: chr(ord(c) - 3), {shifted(CODE, 3)!r})))",
    "shift_guessed": f"k = int(input())\nexec(''.join(chr(ord(c) - k) for c in {shifted(CODE, 5)!r}))",
    "numbers_chr": f"exec(''.join(chr(n) for n in {NUMBERS}))",
    "numbers_map": f"exec(''.join(map(chr, {NUMBERS})))",
    "numbers_bytes": f"exec(bytes({NUMBERS}))",
    "numbers_bytearray": f"exec(bytearray({NUMBERS}).decode())",
    "numbers_named": f"n = {NUMBERS}\nexec(bytes(n))",
    "numbers_sum": f"exec(''.join(chr(n - 1000) for n in {[n + 1000 for n in NUMBERS]}))",
    "numbers_divided": f"exec(''.join(chr(n // 7) for n in {[n * 7 for n in NUMBERS]}))",
    "numbers_text": f"exec(''.join(chr(int(n)) for n in {' '.join(map(str, NUMBERS))!r}.split()))",
    "numbers_comma": f"exec(''.join(chr(int(n)) for n in {','.join(map(str, NUMBERS))!r}.split(',')))",
    "binary_text": f"exec(''.join(chr(int(n, 2)) for n in {' '.join(format(n, '08b') for n in NUMBERS)!r}.split(' ')))",
    "hex_pairs": f"h = {RAW.hex()!r}\nexec(''.join(chr(int(h[i:i+2], 16)) for i in range(0, len(h), 2)))",
    "numbers_alone": f"PAYLOAD = {NUMBERS}",
    "one_number": f"exec(({int.from_bytes(RAW, 'big')}).to_bytes({len(RAW)}, 'big'))",
    "one_number_hex": f"exec(bytes.fromhex(hex({int.from_bytes(RAW, 'big')})[2:]))",
    "every_second": f"exec({''.join(c + '#' for c in CODE)!r}[::2])",
    "every_second_if": f"exec(''.join(c for i, c in enumerate({''.join(c + '#' for c in CODE)!r}) if i % 2 == 0))",
    "reversed_text": f"exec({CODE[::-1]!r}[::-1])",
    "reversed_call": f"exec(''.join(reversed({CODE[::-1]!r})))",
    "reversed_base64": f"import base64\nexec(base64.b64decode({B64[::-1]!r}[::-1]))",
    "reversed_pieces": f"import base64\np = [{B64[40:]!r}, {B64[:40]!r}]\nexec(base64.b64decode(p[1] + p[0]))",
    "pieces_joined": f"import base64\np = [{B64[:20]!r}, {B64[20:40]!r}, {B64[40:]!r}]\nexec(base64.b64decode(''.join(p)))",
    "pieces_added": f"import base64\na = {B64[:20]!r}\na += {B64[20:]!r}\nexec(base64.b64decode(a))",
    "separators": f"exec({DOTTED!r}.replace('~', ''))",
    "separators_split": f"exec(''.join({DOTTED!r}.split('~')))",
    "translate": f"exec({SWAPPED!r}.translate(str.maketrans({TURNED!r}, {ALPHABET!r})))",
    "translate_table": f"t = {{{', '.join(f'{ord(a)}: {b!r}' for a, b in zip(TURNED, ALPHABET, strict=True))}}}\nexec({SWAPPED!r}.translate(t))",
    "translate_dict": f"t = {{{', '.join(f'{a!r}: {b!r}' for a, b in zip(TURNED, ALPHABET, strict=True))}}}\nexec(''.join(t.get(c, c) for c in {SWAPPED!r}))",
    "index_table": f"t = {''.join(sorted(set(CODE)))!r}\nexec(''.join(t[i] for i in {[sorted(set(CODE)).index(c) for c in CODE]}))",
    "percent": f"exec({PERCENT})",
    "format": f"exec({'{}' * 3!r}.format({CODE[:9]!r}, {CODE[9:30]!r}, {CODE[30:]!r}))",
    "format_names": f"exec('{{a}}{{b}}'.format(b={CODE[20:]!r}, a={CODE[:20]!r}))",
    "f_string": f"import base64\na = {B64[:20]!r}\nb = {B64[20:]!r}\nexec(base64.b64decode(f'{{a}}{{b}}'))",
    "zlib": f"import zlib\nexec(zlib.decompress({zlib.compress(RAW)!r}))",
    "zlib_raw": f"import zlib\nexec(zlib.decompress({zlib.compress(RAW)[2:-4]!r}, -15))",
    "zlib_wbits": f"import zlib\nexec(zlib.decompress({zlib.compress(RAW)[2:-4]!r}, wbits=-15))",
    "zlib_object": f"import zlib\nexec(zlib.decompressobj().decompress({zlib.compress(RAW)!r}))",
    "gzip": f"import gzip\nexec(gzip.decompress({gzip.compress(RAW)!r}))",
    "gzip_file": f"import gzip, io\nexec(gzip.GzipFile(fileobj=io.BytesIO({gzip.compress(RAW)!r})).read())",
    "lzma": f"import lzma\nexec(lzma.decompress({lzma.compress(RAW)!r}))",
    "bz2": f"import bz2\nexec(bz2.decompress({bz2.compress(RAW)!r}))",
    "base16": f"import base64\nexec(base64.b16decode({base64.b16encode(RAW)!r}))",
    "base32": f"import base64\nexec(base64.b32decode({base64.b32encode(RAW)!r}))",
    "base32_alone": f"x = {base64.b32encode(RAW)!r}",
    "base85": f"import base64\nexec(base64.b85decode({base64.b85encode(RAW)!r}))",
    "ascii85": f"import base64\nexec(base64.a85decode({base64.a85encode(RAW)!r}))",
    "uu_codec": f"import codecs\nexec(codecs.decode({uued(RAW)!r}.encode(), 'uu'))",
    "quopri": f"import quopri\nexec(quopri.decodestring({quopri.encodestring(RAW, quotetabs=True)!r}))",
    "percent_encoding": f"from urllib.parse import unquote\nexec(unquote({''.join(f'%{byte:02x}' for byte in RAW)!r}))",
    "rot13": f"import codecs\nexec(codecs.decode({codecs.encode(CODE, 'rot13')!r}, 'rot13'))",
    "rot13_encode": f"import codecs\nexec(codecs.encode({codecs.encode(CODE, 'rot13')!r}, 'rot_13'))",
    "codec_hex": f"import codecs\nexec(codecs.decode({RAW.hex()!r}, 'hex'))",
    "codec_base64": f"import codecs\nexec(codecs.decode({B64!r}.encode(), 'base64'))",
    "codec_zip": f"import codecs\nexec(codecs.decode({zlib.compress(RAW)!r}, 'zip'))",
    "codec_getdecoder": f"import codecs\nexec(codecs.getdecoder('hex')({RAW.hex()!r})[0])",
    "marshal": f"import marshal, base64\nexec(marshal.loads(base64.b64decode({base64.b64encode(marshal.dumps(compile(CODE, 'x', 'exec')))!r})))",
    "layers": f"import base64, zlib\nexec(zlib.decompress(base64.b64decode({base64.b64encode(zlib.compress(base64.b64encode(RAW)))!r})))",
    "function_type": f"import marshal, types, zlib\ntypes.FunctionType(marshal.loads(zlib.decompress({zlib.compress(marshal.dumps(compile(CODE, 'x', 'exec')))!r})), globals())()",
    "class_attribute": f"import base64\nclass A:\n    data = {B64[:20]!r}\n    more = {B64[20:]!r}\nexec(base64.b64decode(A.data + A.more))",
    "class_attribute_self": f"import base64\nclass A:\n    data = {B64[:20]!r}\n    more = {B64[20:]!r}\n    def go(self):\n        exec(base64.b64decode(self.data + self.more))",
    "walrus": f"import base64\nif (a := {B64[:20]!r}) and (b := {B64[20:]!r}):\n    exec(base64.b64decode(a + b))",
    "default_argument": f"import base64\ndef go(a={B64[:20]!r}, b={B64[20:]!r}):\n    exec(base64.b64decode(a + b))\ngo()",
    "one_argument": f"import base64\ndef go(a, b):\n    exec(base64.b64decode(a + b))\ngo({B64[:20]!r}, {B64[20:]!r})",
    "dictionary": f"import base64\nd = {{'a': {B64[:20]!r}, 'b': {B64[20:]!r}}}\nexec(base64.b64decode(d['a'] + d['b']))",
    "dictionary_get": f"import base64\nd = {{'a': {B64[:20]!r}, 'b': {B64[20:]!r}}}\nexec(base64.b64decode(d.get('a') + d.get('b')))",
    "lambda_now": f"import base64\n(lambda a: exec(base64.b64decode(a)))({B64!r})",
    "unbound_method": f"exec(bytes.decode(bytes({NUMBERS})))",
    "unbound_join": f"exec(str.join('', map(chr, {NUMBERS})))",
    "string_literal_conditional": f"import base64\nexec(base64.b64decode({B64!r} if True else ''))",
}  # fmt: skip


@pytest.mark.parametrize("source", UNPACKED.values(), ids=UNPACKED)
def test_hidden_code_is_found(source):
    counts = analyse_file(source.encode(), Role.REST).counts
    assert counts.get("finding_unpacked_code", 0) >= 1
    assert counts["unpacked_bytes"] >= len(RAW) - 1


EXECUTED = {
    "compile": f"import base64\nc = compile(base64.b64decode({B64!r}), 'x', 'exec')\nexec(c)",
    "alias": f"import base64\nrun = exec\nrun(base64.b64decode({B64!r}))",
    "getattr": f"import base64\ngetattr(__builtins__, 'ex' + 'ec')(base64.b64decode({B64!r}))",
    "globals": f"import base64\nglobals()['__bu' + 'iltins__'].exec(base64.b64decode({B64!r}))",
    "builtins_dict": f"import base64\n__builtins__.__dict__['ex' + 'ec'](base64.b64decode({B64!r}))",
    "builtins_vars": f"import base64, builtins\nvars(builtins)['cexe'[::-1]](base64.b64decode({B64!r}))",
    "vars": f"import base64\nvars()['__builtins__'].exec(base64.b64decode({B64!r}))",
    "imported": f"exec(__import__('base64').b64decode({B64!r}))",
    "imported_pieces": f"exec(__import__('ba' + 'se64').b64decode({B64!r}))",
    "sys_modules": f"import base64, sys\nsys.modules['builtins'].exec(base64.b64decode({B64!r}))",
    "type_of_lambda": "import marshal, zlib\ntype(lambda: 0)(marshal.loads(zlib.decompress(x)), {})()",
    "type_of_code": "import zlib\ntype((lambda: 0).__code__)(0, zlib.decompress(x))",
    "class_of_lambda": "import marshal, zlib\n(lambda: 0).__class__(marshal.loads(zlib.decompress(x)), {})()",
    "function_type": "import marshal, types, zlib\ntypes.FunctionType(marshal.loads(zlib.decompress(x)), {})()",
    "module": "import types, base64\nm = types.ModuleType('m')\nexec(base64.b64decode(x), m.__dict__)",
    "spec": "import importlib.util, base64\ns = importlib.util.spec_from_loader('m', loader=None)\nm = importlib.util.module_from_spec(s)\nexec(base64.b64decode(x), m.__dict__)",
    "walrus": f"import base64\nexec(c := base64.b64decode({B64!r}))",
    "map": f"import base64\nlist(map(exec, [base64.b64decode({B64!r})]))",
    "thread": "import base64, threading\nthreading.Thread(target=exec, args=(base64.b64decode(x),)).start()",
}  # fmt: skip


@pytest.mark.parametrize("source", EXECUTED.values(), ids=EXECUTED)
def test_decoding_that_leads_to_execution_is_found(source):
    counts = analyse_file(source.encode(), Role.REST).counts
    found = {"finding_decode_then_execute", "finding_deserialize_then_execute"} & counts.keys()
    assert found


HIDDEN = {
    "getattr": "getattr(__builtins__, 'ex' + 'ec')",
    "escapes": r"__import__('\x6f\x73').getcwd()",
    "escapes_getattr": r"import os" "\n" r"getattr(os, '\x73\x79stem')",
    "octal": r"__import__('\157\163').getcwd()",
    "globals": "globals()['__bu' + 'iltins__']",
    "builtins": "__builtins__.__dict__['ev' + 'al']('1')",
    "dictionary": "d = {'a': 'o', 'b': 's'}\n__import__(d['a'] + d['b'])",
    "percent": "__import__('%c%c' % (111, 115))",
    "format": "__import__('{}{}'.format('o', 's'))",
    "f_string": "a = 'o'\n__import__(f'{a}s')",
    "reversed": "__import__('so'[::-1])",
    "replace": "__import__('s.u.b.p.r.o.c.e.s.s'.replace('.', ''))",
    "join": "__import__(''.join(['o', 's']))",
    "chr": "__import__(chr(111) + chr(115))",
    "sliced": "__import__('microseconds'[4:6][::-1] and 'xosx'[1:3])",
    "function": "def n(x):\n    return x[::-1]\n__import__(n('so'))",
}


@pytest.mark.parametrize("source", HIDDEN.values(), ids=HIDDEN)
def test_a_name_put_together_is_found(source):
    assert analyse_file(source.encode(), Role.REST).counts.get("finding_hidden_name", 0) >= 1


ADDRESSES = {
    "added": f"import requests\nrequests.get({URL[:20]!r} + {URL[20:]!r})",
    "joined": f"import requests\nrequests.get(''.join([{URL[:20]!r}, {URL[20:]!r}]))",
    "numbers": f"import requests\nrequests.get(''.join(map(chr, {list(URL.encode())})))",
    "numbers_bytes": f"import requests\nrequests.get(bytes({list(URL.encode())}).decode())",
    "xor": f"import requests\nrequests.get(bytes(b ^ 66 for b in {xored(URL.encode(), b'B')!r}).decode())",
    "xor_function": f"import requests\n{LOOP}\nrequests.get(reveal({xored(URL.encode(), KEY.encode()).decode()!r}, {KEY!r}))",
    "base64": f"import requests, base64\nrequests.get(base64.b64decode({base64.b64encode(URL.encode())!r}).decode())",
    "base64_named": f"import base64\nU = base64.b64decode({base64.b64encode(URL.encode())!r}).decode()",
    "reversed": f"import requests\nrequests.get({URL[::-1]!r}[::-1])",
    "format": "import requests\nrequests.get('{}://{}'.format('https', " + repr(URL[8:]) + "))",
    "dictionary": f"import requests\nc = {{'h': {URL[:20]!r}, 't': {URL[20:]!r}}}\nrequests.get(c['h'] + c['t'])",
}  # fmt: skip


@pytest.mark.parametrize("source", ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_put_together_is_found(source):
    counts = analyse_file(source.encode(), Role.REST).counts
    assert counts.get("folded_staging", 0) + counts.get("unpacked_staging", 0) >= 1


PLAIN = {
    "numbers": f"TABLE = {list(range(256))}",
    "xor_of_a_table": f"T = {list(range(0, 250, 7))}\nx = bytes(b ^ 3 for b in T)\nexec('1')",
    "xor_checksum": "def check(data):\n    total = 0\n    for byte in data:\n        total ^= byte\n    return total\nexec('x = 1')\nprint(check(b'some text that is checked, nothing else'))",
    "digest": "import hashlib\nx = 'd41d8cd98f00b204e9800998ecf8427e' * 2\nexec('1')\ny = 1 ^ 2",
    "picture": f"import base64\nICON = base64.b64decode({base64.b64encode(bytes(range(256)))!r})\nexec('1')\ny = 1 ^ 2",
    "letters": "import string\nA = string.ascii_letters[::-1]\nexec('1')\ny = 1 ^ 2\nB = 'zyxwvutsrqponmlkjihgfedcba'",
    "sentence": "x = 'A sentence that says what a function does, and returns nothing of note.'\ny = 1 ^ 2\nexec('1')",
    "formatted": "name = 'demo'\nprint('{} {}'.format(name, 1.5), '%s' % name, f'{name!r}')",
}  # fmt: skip


@pytest.mark.parametrize("source", PLAIN.values(), ids=PLAIN)
def test_what_hides_nothing_is_not_unpacked(source):
    assert "finding_unpacked_code" not in analyse_file(source.encode(), Role.REST).counts


COSTLY = {
    "endless": "def f(x):\n    while True:\n        x = x + 'a'\n    return x\nexec(f('aaaaaaaa'))",
    "doubling": "def f(x):\n    for i in range(60000):\n        x = x + x\n    return x\nexec(f('aaaaaaaa'))",
    "copying": "def f(x):\n    x = x * 1000000\n    for i in range(60000):\n        y = x + 'a'\n    return y\nexec(f('aaa'))",
    "bombs": f"import zlib\ndef f(x):\n    for i in range(60000):\n        y = zlib.decompress(x)\n    return y\nexec(f({zlib.compress(bytes(4_000_000))!r}))",
    "recursion": "def f(x):\n    return g(x) + g(x)\ndef g(x):\n    return f(x) + f(x)\nexec(f('aaaaaaaa'))",
    "calls": "def f(x):\n    return ''.join(chr(ord(c) ^ 1) for c in x)\n" + f"a = f('{'q' * 500}')\n" * 1000,
    "nested": "exec([c for a in range(60000) for b in range(60000) for c in range(60000)])",
    "guards": "import os\n" + "if os.name == 'x':\n    os._exit(1)\n" * 3000 + "os.system('id')\n" * 500,
    "shifts": "exec(1 << 1000 << 1000 << 1000 << 4000)\nexec((((9**16)**16)**16)**16)",
    "digits": f"exec('%s' % 0x{'f' * 20000})\ny = f'{{0x{'f' * 20000}}}'",
    "long": "exec('a'.zfill(4000000).ljust(4000000))\nexec((1).to_bytes(100000000, 'big'))",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("source", COSTLY.values(), ids=COSTLY)
@pytest.mark.timeout(60)
def test_working_it_out_is_bounded(source):
    assert analyse_file(source.encode(), Role.INSTALL).parsed
