"""Text that is built to exhaust its reader is read to its end: slow patterns, deep trees, layers of packing.

Every case takes a second or two. If a pattern or a parser were quadratic it would take minutes, and a guard ends it.
"""

import base64
import bz2
import lzma
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from features.archive.file_type import file_type_of
from features.code.evaluate.unpack import unpack_layers
from features.code.parse.fallback_parser import downlevel, from_python2
from features.code.parse.safe_parse import MAX_TOKENS, UnparsableError, check_parsable, estimate_tokens
from features.code.parse.text_calls import find_calls
from features.contract import Kind, Member, Release, Role
from features.packaging.metadata import core_metadata_from_headers, parse_metadata_headers
from features.packaging.setup_files import parse_python, parse_toml, read_pyproject, read_setup_cfg
from features.registry import GROUPS

HANGING_SECONDS = 120.0
"""Processor seconds after which a case counts as hanging."""
N = 200_000


def extract(path: str, text: str) -> None:
    """Show one member to every group; `path` is inside the sdist's top folder, or a wheel's dist-info."""
    data = text.encode()
    full = path if ".dist-info/" in path else f"demo-1.0/{path}"
    member = Member(
        full, len(data), file_type_of(full, data[:4096], len(data)), Role.INSTALL, data, data[:4096], bytes(16)
    )
    kind = Kind.WHEEL if ".dist-info/" in path else Kind.SDIST
    release = Release("demo-1.0.tar.gz", "demo", "1.0", kind, "tar.gz", len(data), (member,), "demo-1.0/")
    for group in GROUPS:
        group.extract(release)


@contextmanager
def ends() -> Iterator[None]:
    """Fail a block that does not end by itself; processor time is counted, so that a busy machine does not matter."""

    def fail(*_: object) -> None:
        pytest.fail("it does not end")

    before = signal.signal(signal.SIGVTALRM, fail)
    signal.setitimer(signal.ITIMER_VIRTUAL, HANGING_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


SLOW_FOR_PATTERNS: tuple[tuple[str, Callable[[], object]], ...] = (
    ("except and tabs", lambda: from_python2("except a" * (N // 8) + "\t" * N)),
    ("except, blanks alone", lambda: from_python2("except" + " " * N + "\n")),
    ("type and blanks", lambda: downlevel("type a" + " " * N + "b")),
    ("type parameters without an end", lambda: downlevel("def a[" * N)),
    ("type parameters of many brackets", lambda: downlevel("def a[" + "[b[c]]" * N)),
    ("lazy and blanks", lambda: downlevel("lazy" + " " * N + "\nlazy " * N)),
    ("exceptions without an end", lambda: downlevel("except a" + ", a" * N)),
    ("exceptions and blanks", lambda: downlevel("except*" + " " * N + "a ," + " " * N)),
    ("unpacking and blanks", lambda: downlevel("[" * N + " " * N + "*" * N)),
    ("unpacking of many", lambda: downlevel("[*" * N)),
    ("comments in an f-string", lambda: downlevel("f'{" + " #" * N)),
    ("many f-strings with comments", lambda: downlevel("f'{ #" * N)),
    ("raise and blanks", lambda: from_python2("raise a" + " " * N + "b")),
    ("print and colons", lambda: from_python2("a:" * N + "print")),
    ("back ticks", lambda: from_python2("`" * N)),
    ("calls without an end", lambda: list(find_calls("a." * N))),
    ("base64 and line ends", lambda: unpack_layers(b"A" * 24 + b"\n" * N + b"!")),
    ("base64 and blanks", lambda: extract("setup.py", 'a = """' + "aA1" * 40 + " " * N + '!"""')),
    ("person and blanks", lambda: people("a@b.example, " + " " * N + "c")),
    ("person in quotes", lambda: people('"' * N)),
    ("configuration and blanks", lambda: read_setup_cfg(b"[metadata]\nname" + b" " * N + b"x\n")),
    ("configuration of nonsense", lambda: read_setup_cfg(b"[metadata]\n" + b"a\n" * N)),
    ("table of many parts", lambda: parse_toml("a." * (N // 2) + "a = 1")),
    ("tables of many parts", lambda: read_pyproject(("[" + "a." * 30 + "a]\n").encode() * 2_000)),
    ("entry point and blanks", lambda: extract("entry_points.txt", "[console_scripts]\na=" + " " * N + "b")),
    ("import of many parts", lambda: extract("setup.py", "from " + "a." * N + "a import b\n")),
    ("setup.py of many parts", lambda: parse_python(b"import " + b"a." * (N // 2) + b"a\n")),
)


def people(email: str) -> object:
    return core_metadata_from_headers("PKG-INFO", parse_metadata_headers(f"Author-email: {email}\n".encode()))


@pytest.mark.parametrize(("name", "call"), SLOW_FOR_PATTERNS, ids=[name for name, _ in SLOW_FOR_PATTERNS])
def test_no_pattern_takes_quadratic_time(name: str, call: Callable[[], object]) -> None:
    with ends():
        call()


def test_a_toml_integer_of_many_digits_is_no_exception() -> None:
    assert parse_toml("a = " + "9" * 5_000) is None
    assert parse_toml("a = 1\nb.c = 2") == {"a": 1, "b": {"c": 2}}


UNITS = (
    "a ",
    "'",
    '"""',
    "\\",
    "#",
    ";'",
    "1.;",
    "='",
    "f'{",
    "os.",
    "(",
    "exec ",
    "\x0c",
    "é",
    "<a",
    "http://a/",
    "\n",
)
PATHS = ("setup.py", "PKG-INFO", "pyproject.toml", "setup.cfg", "LICENSE", "demo.pth", "run.sh", "a.dist-info/RECORD")


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
def test_no_repetition_exhausts_a_group(unit: str) -> None:
    for path in PATHS:
        with ends():
            extract(path, unit * (N // len(unit)))


def test_many_tokens_are_estimated_as_many() -> None:
    for unit in ("a\n", "f();", "[],", "-a,", "@a\n", "1,"):
        assert estimate_tokens(unit * (2**20 // len(unit))) > MAX_TOKENS
    assert estimate_tokens('x = f"' + "{a}" * 350_000 + '"') > MAX_TOKENS
    for plain in ("x = '" + "QUJD" * 2**18 + "'", "# words in a comment\n" * 50_000, "value = 1\n" * 50_000):
        assert estimate_tokens(plain) <= MAX_TOKENS
    with pytest.raises(UnparsableError, match="size"):
        check_parsable("a\n" * 2**19, 150)
    assert parse_python(b"a\n" * 2**19) is None


def layers(text: bytes, count: int) -> str:
    for _ in range(count):
        text = b"import zlib,base64\nexec(zlib.decompress(base64.b64decode('" + pack(zlib.compress(text)) + b"')))"
    return text.decode()


def pack(data: bytes) -> bytes:
    return base64.b64encode(data)


def unpacking(module: str, data: bytes) -> str:
    return f"import {module},base64\nexec({module}.decompress(base64.b64decode('{pack(data).decode()}')))"


DEEP: dict[str, str] = {
    "parentheses": "(" * 40_000 + ")" * 40_000,
    "parentheses that parse": "(" * 149 + ")" * 149,
    "unary": "-" * 40_000 + "1",
    "not": "not " * 40_000 + "1",
    "await": "await " * 40_000 + "a",
    "attributes": "a" + ".a" * 40_000,
    "attributes that parse": ("a" + ".b" * 149 + "\n") * 200,
    "subscripts": "a" + "[0]" * 40_000,
    "calls": "f" + "()" * 40_000,
    "operators": "1" + "+1" * 40_000,
    "concatenation": "x=" + "'a'+" * 40_000 + "'b'",
    "implicit concatenation": "x=" + "'a' " * 40_000,
    "or and and": "a" + " or a and a" * 40_000,
    "comparisons": "a" + "<a" * 40_000,
    "powers": "2" + "**2" * 40_000,
    "conditions": "a if a else " * 40_000 + "a",
    "lambdas": "lambda:" * 40_000 + "0",
    "elif": "if a:0\n" + "elif a:0\n" * 20_000,
    "decorators": "@a\n" * 40_000 + "def f():0",
    "f-strings": "f'" + "{" * 1_000,
    "format specifications": 'f"{a:' + "{a:" * 200 + "}" * 201 + '"',
    "targets": "a=" * 40_000 + "1",
    "comprehensions": "[a " + "for a in a " * 20_000 + "]",
    "blocks": "".join(" " * depth + "if a:\n" for depth in range(99)) + " " * 99 + "0",
    "dots": "from " + "." * 40_000 + " import a",
    "digits": "x=" + "9" * 400_000,
    "names that are names": "\n".join(f"a{n + 1}=a{n}" for n in range(20_000)) + "\na20000('x')",
    "strings that double": "a0='ab'\n" + "\n".join(f"a{n + 1}=a{n}+a{n}" for n in range(2_000)) + "\nexec(a2000)",
    "functions of functions": "\n".join(f"def f{n}(x): return f{n + 1}(x)+f{n + 1}(x)" for n in range(400))
    + "\nexec(f0('a'))",
    "replacement": "x='a'" + ".replace('a','aa')" * 140 + "\nexec(x)",
    "repetition": "x='a'*99999999*99999999\nexec(x)",
    "powers of powers": "x=9**9**9**9\nexec(x)",
    "shift": "exec(str(1<<9999999999))",
    "padding": 'exec("a".ljust(999999999)+"a".zfill(999999999)+"{:>999999999}".format("a"))',
    "numbers without end": 'exec("".join(chr(i) for i in range(999999999)))',
    "bytes without end": "exec(bytes(999999999))",
    "list without end": "exec(bytes([1]*999999999))",
    "layers": layers(b"print(1)", 40),
    "zlib": unpacking("zlib", zlib.compress(bytes(50_000_000))),
    "bz2": unpacking("bz2", bz2.compress(bytes(200_000_000))),
    "lzma": unpacking("lzma", lzma.compress(bytes(50_000_000), preset=0)),
}

_CHILD = """
import sys
from pathlib import Path
import test_hostile_text as these

for name in sys.argv[1:]:
    these.extract("setup.py", these.DEEP[name])
    status = Path("/proc/self/status").read_text()
    print(name, int(status.split("VmHWM:")[1].split()[0]) // 1024, sep="|")
"""


@pytest.mark.slow
def test_no_tree_exhausts_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *DEEP],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
        env={"PYTHONPATH": f"{Path(__file__).parents[2]}:{Path(__file__).parent}"},
        timeout=290,
        check=False,
    )
    read = [line.split("|") for line in done.stdout.splitlines()]
    assert (0, list(DEEP)) == (done.returncode, [name for name, _ in read]), done.stderr[-2000:]
    assert [] == [row for row in read if int(row[1]) > 1024]
