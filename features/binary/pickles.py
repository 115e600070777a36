"""Pickles by their opcodes: what loading one would import and call. Nothing is ever unpickled."""

import pickletools
import re
from collections.abc import Iterator
from typing import NamedTuple

from features.archive.file_type import ARRAY_MAGIC
from features.code.parse.executing_names import CODE_TYPES, SOURCE_BUILTINS

STEPS = 50_000
"""Opcodes of one pickle that are read."""
STRING_BYTES = 4_096
"""A longer string in a pickle is no name of anything."""

_TAKES = {opcode.code.encode("latin-1")[0]: opcode for opcode in pickletools.opcodes}
_NEWLINES = {"INST": 2, "GLOBAL": 2}
_STRINGS = frozenset(
    ("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "STRING", "BINSTRING", "SHORT_BINSTRING")
)
_GETS = frozenset(("GET", "BINGET", "LONG_BINGET"))
_PUTS = frozenset(("PUT", "BINPUT", "LONG_BINPUT"))
_CALLS = frozenset(("REDUCE", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "BUILD"))
_SOMEWHERE = re.compile(
    rb"c(os|posix|nt|pty|runpy|subprocess|builtins|__builtin__|socket|importlib|webbrowser)\r?\n"
    rb"(system|popen|exec\w*|spawn\w*|Popen|run|call|check_\w+|eval|compile|__import__|getattr|_run_code|open\w*|socket|"
    rb"import_module|create_connection)\r?\n"
)


class Import(NamedTuple):
    """Something that loading a pickle imports; `name` is "" where it cannot be told."""

    module: str
    name: str


class Pickle(NamedTuple):
    """What one pickle would do. `broken` is a stream that does not go on as one, `cut` one that was not read whole."""

    imports: tuple[Import, ...]
    calls: int
    unresolved: int
    steps: int
    broken: bool
    cut: bool


def read_pickle(data: bytes, *, whole: bool = True) -> Pickle:
    """Return what the opcodes of a pickle say; of any bytes, linear in their length and at most `STEPS` steps.

    Several pickles one after the other, as torch writes them, are read as one. `whole` says that `data` is not
    only the first part.
    """
    reader = _Reader(data, _begin(data))
    steps = 0
    for name, said in reader.steps():
        steps += 1
        reader.take(name, said)
        if steps >= STEPS:
            break
    seen = dict.fromkeys(reader.imports)
    for found in _SOMEWHERE.finditer(data):
        # What stands behind the place where reading ended, or was hidden from it.
        seen.setdefault(Import(found[1].decode("ascii"), found[2].decode("ascii")))
    return Pickle(
        tuple(seen),
        reader.calls,
        reader.unresolved,
        steps,
        broken=reader.broken and whole,
        cut=steps >= STEPS or (reader.broken and not whole),
    )


def _begin(data: bytes) -> int:
    """Return where the opcodes begin: behind the header of an array of objects."""
    if not data.startswith(ARRAY_MAGIC) or len(data) < 12:
        return 0
    if data[6] == 1:
        return 10 + int.from_bytes(data[8:10], "little")
    return 12 + int.from_bytes(data[8:12], "little")


class _Reader:
    """Follows strings through the stack and the memo as far as names of imports need it."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data = data
        self._at = start
        self._memo: dict[int, str | None] = {}
        self._last: str | None = None
        self._before: str | None = None
        self.imports: list[Import] = []
        self.calls = 0
        self.unresolved = 0
        self.broken = False

    def steps(self) -> Iterator[tuple[str, bytes]]:
        """Yield each opcode's name and argument."""
        data = self._data
        stopped = False
        while self._at < len(data):
            opcode = _TAKES.get(data[self._at])
            if opcode is None or (stopped and opcode.name not in {"PROTO", "GLOBAL", "MARK"}):
                # After the end raw data may follow, as they do in files of joblib and torch.
                self.broken = not stopped
                return
            self._at += 1
            argument = self._argument(opcode)
            if argument is None:
                self.broken = True
                return
            stopped = opcode.name == "STOP"
            yield opcode.name, argument
        self.broken = not stopped

    def _argument(self, opcode: pickletools.OpcodeInfo) -> bytes | None:
        if opcode.arg is None:
            return b""
        data, size = self._data, opcode.arg.n
        if size == pickletools.UP_TO_NEWLINE:
            end = self._at - 1
            for _ in range(_NEWLINES.get(opcode.name, 1)):
                end = data.find(b"\n", end + 1)
                if end < 0:
                    return None
            argument, self._at = data[self._at : end], end + 1
            return argument
        if size < 0:
            width = {pickletools.TAKEN_FROM_ARGUMENT1: 1, pickletools.TAKEN_FROM_ARGUMENT8U: 8}.get(size, 4)
            size = int.from_bytes(data[self._at : self._at + width], "little")
            self._at += width
        if self._at + size > len(data):
            return None
        argument = data[self._at : self._at + size] if size <= STRING_BYTES else b""
        self._at += size
        return argument

    def take(self, name: str, said: bytes) -> None:
        """Follow one opcode."""
        if name in _STRINGS:
            self._push(said.decode("utf-8", "replace").strip("'\""))
        elif name == "MEMOIZE":
            self._memo[len(self._memo)] = self._last
        elif name in _PUTS:
            self._memo[_number(name, said)] = self._last
        elif name in _GETS:
            self._push(self._memo.get(_number(name, said)))
        elif name in {"GLOBAL", "INST"}:
            module, _, attribute = said.decode("utf-8", "replace").partition("\n")
            self.imports.append(Import(module.strip(), attribute.strip()))
            self._push(None)
            self.calls += name == "INST"
        elif name == "STACK_GLOBAL":
            if self._before is None or self._last is None:
                self.unresolved += 1
            else:
                self.imports.append(Import(self._before, self._last))
            self._push(None)
        elif name in {"EXT1", "EXT2", "EXT4"}:
            self.unresolved += 1
            self._push(None)
        elif name in _CALLS:
            self.calls += name != "BUILD"
            self._push(None)
        elif name not in {"PROTO", "FRAME"}:
            self._push(None)

    def _push(self, value: str | None) -> None:
        self._before, self._last = self._last, value


def _number(name: str, said: bytes) -> int:
    if name in {"GET", "PUT"}:
        return int(said) if said.isdigit() and len(said) < 10 else -1
    return int.from_bytes(said, "little")


_EXECUTION = frozenset(("subprocess", "pty", "commands", "popen2"))
_SYSTEM = frozenset(("os", "posix", "nt"))
_RUNS = ("system", "popen", "exec", "spawn", "fork", "startfile", "posix_spawn", "kill")
_CODE = frozenset(("runpy", "code", "codeop", "timeit", "pdb", "bdb", "cProfile", "profile", "trace", "imp",
                   "importlib", "marshal", "pip", "ensurepip", "distutils", "setuptools", "doctest",
                   "idlelib"))  # fmt: skip
_CODE_NAMES = frozenset((*SOURCE_BUILTINS, *CODE_TYPES, "__import__", "input", "LambdaType", "_create_code",
                         "_create_function", "_make_skel_func", "_make_function", "_builtin_type",
                         "_fill_function"))  # fmt: skip
_BUILTINS = frozenset(("builtins", "__builtin__", "__builtins__"))
_BUILDERS = _BUILTINS | {"types", "dill", "cloudpickle", "_pickle", "new"}
_ACCESS = frozenset(("getattr", "setattr", "delattr", "globals", "locals", "vars", "attrgetter", "methodcaller",
                     "apply", "breakpoint", "map", "filter"))  # fmt: skip
_NETWORK = frozenset(("socket", "urllib", "urllib2", "httplib", "http", "requests", "ftplib", "smtplib", "webbrowser",
                      "asyncio", "ssl", "telnetlib", "xmlrpc", "aiohttp", "httpx"))  # fmt: skip
_FILES = frozenset(("shutil", "io", "pathlib", "tempfile", "glob", "zipfile", "tarfile"))
FAMILIES: tuple[tuple[str, str], ...] = (
    ("execution", "starts a program"),
    ("code", "runs code that it holds as text or bytes"),
    ("access", "reaches any name of the interpreter"),
    ("network", "uses the network"),
    ("files", "writes or deletes files"),
)
"""What an import of a pickle is good for; each completes "a pickle that, when it is loaded, ..."."""


def family_of(found: Import) -> str:
    """Return what something that a pickle imports is good for, "" where it is data's."""
    root, name = found.module.partition(".")[0], found.name.rpartition(".")[2]
    if root in _EXECUTION or (root in _SYSTEM and name.startswith(_RUNS)):
        return "execution"
    if root in _CODE or (
        name in _CODE_NAMES and root in _BUILTINS | {"types", "dill", "cloudpickle", "_pickle", "new"}
    ):
        return "code"
    if root in _BUILTINS | {"operator", "_operator"} and name in _ACCESS:
        return "access"
    if root in {"sys", "ctypes", "_ctypes", "gc", "inspect", "ntpath", "posixpath"}:
        return "access"
    if root in _NETWORK:
        return "network"
    if root in _FILES or root in _SYSTEM or (root in _BUILTINS and name == "open"):
        return "files"
    return ""
