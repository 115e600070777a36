"""Reads the opcodes of pickles, without unpickling, to find the imports and calls that loading would make."""

import pickletools
import re
from collections.abc import Iterator
from typing import NamedTuple

from features.archive.file_type import ARRAY_MAGIC
from features.code.parse.executing_names import CODE_TYPES, SOURCE_BUILTINS

MAX_OPCODES = 50_000
"""Opcodes of one pickle that are read."""
STRING_BYTES = 4_096
"""Bytes of the longest string that may be a name."""

_OPCODES = {opcode.code.encode("latin-1")[0]: opcode for opcode in pickletools.opcodes}
_NEWLINES = {"INST": 2, "GLOBAL": 2}
_STRINGS = frozenset(
    ("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "STRING", "BINSTRING", "SHORT_BINSTRING")
)
_GETS = frozenset(("GET", "BINGET", "LONG_BINGET"))
_PUTS = frozenset(("PUT", "BINPUT", "LONG_BINPUT"))
_CALLS = frozenset(("REDUCE", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "BUILD"))
_GLOBAL_ANYWHERE = re.compile(
    rb"c(os|posix|nt|pty|runpy|subprocess|builtins|__builtin__|socket|importlib|webbrowser)\r?\n"
    rb"(system|popen|exec\w*|spawn\w*|Popen|run|call|check_\w+|eval|compile|__import__|getattr|_run_code|open\w*|socket|"
    rb"import_module|create_connection)\r?\n"
)


class PickleImport(NamedTuple):
    """An object that loading a pickle imports."""

    module: str
    name: str


class PickleScan(NamedTuple):
    """The imports and calls that loading a pickle would make.

    `unresolved` counts imports whose name is not literal. `broken` says that the stream is malformed, `cut` that it was
    not read to its end.
    """

    imports: tuple[PickleImport, ...]
    calls: int
    unresolved: int
    steps: int
    broken: bool
    cut: bool


def read_pickle(data: bytes, *, whole: bool = True) -> PickleScan:
    """Return the imports and calls that loading a pickle would make, for any bytes, in linear time.

    Concatenated pickles, as torch writes them, are read as one. `whole` says that `data` is the whole
    file and not its first part.
    """
    reader = _Reader(data, _first_opcode(data))
    steps = 0
    for name, argument in reader.opcodes():
        steps += 1
        reader.apply(name, argument)
        if steps >= MAX_OPCODES:
            break
    seen = dict.fromkeys(reader.imports)
    for found in _GLOBAL_ANYWHERE.finditer(data):
        # Imports after the end of the reading, or hidden from it.
        seen.setdefault(PickleImport(found[1].decode("ascii"), found[2].decode("ascii")))
    return PickleScan(
        tuple(seen),
        reader.calls,
        reader.unresolved,
        steps,
        broken=reader.broken and whole,
        cut=steps >= MAX_OPCODES or (reader.broken and not whole),
    )


def _first_opcode(data: bytes) -> int:
    """Return the offset of the first opcode, which follows the header of a NumPy array of objects (NEP 1)."""
    if not data.startswith(ARRAY_MAGIC) or len(data) < 12:
        return 0
    if data[6] == 1:
        return 10 + int.from_bytes(data[8:10], "little")
    return 12 + int.from_bytes(data[8:12], "little")


class _Reader:
    """Follows strings through the stack and the memo to find the names of imports."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data = data
        self._at = start
        self._memo: dict[int, str | None] = {}
        self._last: str | None = None
        self._before: str | None = None
        self.imports: list[PickleImport] = []
        self.calls = 0
        self.unresolved = 0
        self.broken = False

    def opcodes(self) -> Iterator[tuple[str, bytes]]:
        """Yield each opcode's name and argument."""
        data = self._data
        stopped = False
        while self._at < len(data):
            opcode = _OPCODES.get(data[self._at])
            if opcode is None or (stopped and opcode.name not in {"PROTO", "GLOBAL", "MARK"}):
                # Raw data may follow the end, as in files of joblib and torch.
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

    def apply(self, name: str, argument: bytes) -> None:
        """Apply one opcode."""
        if name in _STRINGS:
            self._push(argument.decode("utf-8", "replace").strip("'\""))
        elif name == "MEMOIZE":
            self._memo[len(self._memo)] = self._last
        elif name in _PUTS:
            self._memo[_memo_index(name, argument)] = self._last
        elif name in _GETS:
            self._push(self._memo.get(_memo_index(name, argument)))
        elif name in {"GLOBAL", "INST"}:
            module, _, attribute = argument.decode("utf-8", "replace").partition("\n")
            self.imports.append(PickleImport(module.strip(), attribute.strip()))
            self._push(None)
            self.calls += name == "INST"
        elif name == "STACK_GLOBAL":
            if self._before is None or self._last is None:
                self.unresolved += 1
            else:
                self.imports.append(PickleImport(self._before, self._last))
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


def _memo_index(name: str, argument: bytes) -> int:
    if name in {"GET", "PUT"}:
        return int(argument) if argument.isdigit() and len(argument) < 10 else -1
    return int.from_bytes(argument, "little")


_EXECUTION = frozenset(("subprocess", "_posixsubprocess", "_winapi", "pty", "commands", "popen2", "multiprocessing",
                        "pexpect", "sh", "plumbum"))  # fmt: skip
_SYSTEM = frozenset(("os", "posix", "nt"))
_RUNS = ("system", "popen", "exec", "spawn", "fork", "startfile", "posix_spawn", "kill")
_CODE = frozenset(("runpy", "code", "codeop", "timeit", "pdb", "bdb", "cProfile", "profile", "trace", "imp",
                   "importlib", "marshal", "pip", "ensurepip", "distutils", "setuptools", "doctest",
                   "idlelib", "zipimport", "venv", "lib2to3", "pydoc", "pkgutil", "_xxsubinterpreters"))  # fmt: skip
_CODE_NAMES = frozenset((*SOURCE_BUILTINS, *CODE_TYPES, "__import__", "input", "LambdaType", "_create_code",
                         "_create_function", "_make_skel_func", "_make_function", "_builtin_type",
                         "_fill_function"))  # fmt: skip
_LOADERS = frozenset(("load", "loads", "unsafe_load", "read_pickle", "dictConfig", "Unpickler", "run_cell"))
_LOADING_MODULES = frozenset(("pickle", "_pickle", "cPickle", "joblib", "torch", "yaml", "pandas", "dill",
                              "cloudpickle", "logging", "IPython", "shelve"))  # fmt: skip
"""Modules that hold functions of `_LOADERS`, which load another pickle or execute what they are given."""
_BUILTINS = frozenset(("builtins", "__builtin__", "__builtins__"))
_BUILDERS = _BUILTINS | {"types", "dill", "cloudpickle", "_pickle", "new"}
_ACCESS = frozenset(("getattr", "setattr", "delattr", "globals", "locals", "vars", "attrgetter", "methodcaller",
                     "apply", "breakpoint", "map", "filter"))  # fmt: skip
_NETWORK = frozenset(("socket", "urllib", "urllib2", "httplib", "http", "requests", "ftplib", "smtplib", "webbrowser",
                      "asyncio", "ssl", "telnetlib", "xmlrpc", "aiohttp", "httpx"))  # fmt: skip
_FILES = frozenset(("shutil", "io", "pathlib", "tempfile", "glob", "zipfile", "tarfile"))
PICKLE_FAMILIES: tuple[tuple[str, str], ...] = (
    ("execution", "starts a program"),
    ("code", "runs code that it holds as text or bytes"),
    ("access", "reaches any object of the interpreter"),
    ("network", "uses the network"),
    ("files", "writes or deletes files"),
)
"""Behaviours of imports with their meanings, which complete "a pickle that, when loaded, ..."."""


def import_family(imported: PickleImport) -> str:
    """Return the behaviour that an imported object allows (an id of `PICKLE_FAMILIES`), "" for one of data."""
    root, name = imported.module.partition(".")[0], imported.name.rpartition(".")[2]
    if root in _EXECUTION or (root in _SYSTEM and name.startswith(_RUNS)):
        return "execution"
    loads = name in _LOADERS and root in _LOADING_MODULES
    if root in _CODE or loads or name == "runstring" or (name in _CODE_NAMES and root in _BUILDERS):
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
