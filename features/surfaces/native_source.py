"""Finds native source whose code acts as soon as it is loaded or imported: constructors and module initialisers."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from features.surfaces.contract import SurfacePlace, place_at

REACH = 4_000
"""Bytes behind a function's head that count as its body, if no closing brace at the margin ends it before."""
FOLLOWED_BYTES = {"constructor_acts": 512 * 2**10, "module_init_acts": 64 * 2**10}
"""Bytes of the largest file whose calls are followed to the functions that it defines, by rule."""
_MOST_HEADS = 64
_MOST_CALLS = 40
_BEFORE, _AFTER = 60, 120

CONSTRUCTOR_WORDS = (
    b"constructor",
    b"DllMain",
    b"init_array",
    b"mod_init_func",
    b"#[ctor",
    b"#pragma init",
    b".CRT$XC",
)
_CONSTRUCTOR = re.compile(
    rb"__attribute__\s{0,3}\(\(\s{0,3}(?:\w{1,20}\s{0,3},\s{0,3}){0,3}_{0,2}constructor_{0,2}\b|\[\[\s{0,3}gnu::constructor\b|\bBOOL\s{1,3}(?:WINAPI|APIENTRY)\s{1,3}DllMain\s{0,3}\("
    rb"|\bDllMain\s{0,3}\(\s{0,3}(?:_In_\s{1,3})?HINSTANCE\b|\bsection\s{0,3}\(\s{0,3}\"(?:\.init_array|\.ctors|__DATA,__mod_init_func|\.CRT\$XC\w)\"|#\[(?:ctor::)?ctor\b|#\[link_section\s{0,3}=\s{0,3}\"\.init_array"
    rb"|#pragma\s{1,3}init\s{0,3}\("
)
MODULE_WORDS = (
    b"PyInit_",
    b"PyMODINIT_FUNC",
    b"PYBIND11_MODULE",
    b"NB_MODULE",
    b"#[pymodule",
    b"BOOST_PYTHON_MODULE",
    b"Py_mod_exec",
)
_MODULE_INIT = re.compile(
    rb"\bPyMODINIT_FUNC\s{1,5}(?:PyInit_\w{1,60}|init\w{1,60})\s{0,3}\([^)\n;]{0,20}\)\s{0,5}\{|\bPyInit_\w{1,60}\s{0,3}\([^)\n;]{0,20}\)\s{0,5}\{"
    rb"|\b(?:PYBIND11_MODULE|NB_MODULE|BOOST_PYTHON_MODULE)\s{0,3}\([^)\n]{1,80}\)\s{0,5}\{|#\[pymodule\b"
)
_ACT = re.compile(
    rb"(?<![\w.>:])(?:(?:std|::|libc|nix::unistd)::)?(?:system|_?w?popen|_wsystem|execv[pe]{0,2}|execl[pe]{0,2}|fexecve|posix_spawnp?|WinExec|ShellExecute(?:Ex)?[AW]?|CreateProcess(?:AsUser)?[AW]?"
    rb"|URLDownloadToFile[AW]?|InternetOpenUrl[AW]?|PyRun_SimpleString(?:Flags)?|PyRun_String|gethostbyname|connect|WSAStartup|curl_easy_perform|memfd_create|dlsym)\s{0,3}\("
    rb"|\bCommand::new\s{0,3}\(|\bTcpStream::connect\b|\b(?:reqwest|ureq|minreq)::(?:blocking::)?(?:get|post|Client::new)\b|\bsyscall\s{0,3}\(\s{0,3}(?:SYS_|__NR_)execve|\b(?:py::)?exec\s{0,3}\(\s{0,3}R?\""
)
_NEXT_FUNCTION = re.compile(rb"^\}", re.MULTILINE)
_CALLED = re.compile(rb"\b([A-Za-z_]\w{2,60})\s{0,3}\(")
_DEFINITION = re.compile(rb"\b([A-Za-z_]\w{1,60})\s{0,3}\([^;{}()]{0,200}\)\s{0,5}(?:->\s{0,3}[\w:<>]{1,40}\s{0,3})?\{")
_DECLARED = re.compile(rb"[^;{]{0,300}?\b(\w{2,60})\s{0,3}\([^;{()]{0,60}\)[^;{]{0,100};")


def find_load_acts(member: str, data: bytes, words: AbstractSet[bytes]) -> Iterator[SurfacePlace]:
    """Yield the acts of constructors, library entry points and module initialisers, one for each.

    A body is followed one call deep into the functions of the same file. `words` are those of CONSTRUCTOR_WORDS and
    MODULE_WORDS that the file contains.
    """
    for rule, pattern, heads in (
        ("constructor_acts", _CONSTRUCTOR, words & frozenset(CONSTRUCTOR_WORDS)),
        ("module_init_acts", _MODULE_INIT, words & frozenset(MODULE_WORDS)),
    ):
        if heads:
            yield from _find_acts(rule, member, data, _find_heads(data, pattern, heads))


def _find_heads(data: bytes, pattern: re.Pattern[bytes], words: Iterable[bytes]) -> list[int]:
    """Return the ends of the heads of functions in the text around each word, ascending, up to a bound."""
    found: set[int] = set()
    for word in words:
        at = data.find(word)
        while at >= 0 and len(found) < _MOST_HEADS:
            head = pattern.search(data, max(0, at - _BEFORE), at + len(word) + _AFTER)
            if head is not None:
                found.add(head.end())
            at = data.find(word, at + len(word))
    return sorted(found)


def _find_acts(rule: str, member: str, data: bytes, heads: Sequence[int]) -> Iterator[SurfacePlace]:
    bodies = _bodies_of(data) if heads and len(data) <= FOLLOWED_BYTES[rule] else {}
    for head in heads:
        declared = _DECLARED.match(data, head) if rule == "constructor_acts" else None
        # A declaration with the attribute; the function follows elsewhere.
        start = bodies.get(declared[1], head) if declared else head
        act = _act_of_body(data, start, bodies)
        if act >= 0:
            yield place_at(rule, member, data, act)


def _bodies_of(data: bytes) -> dict[bytes, int]:
    """Return the offset of the body of each function that a file defines."""
    return {match[1]: match.end() for match in _DEFINITION.finditer(data)}


def _act_of_body(data: bytes, start: int, bodies: Mapping[bytes, int]) -> int:
    """Return the offset of the first act in a function's body, or in a function that it calls; -1 if it has none."""
    end = _end_of_body(data, start)
    if (act := _ACT.search(data, start, end)) is not None:
        return act.start()
    for name in dict.fromkeys(_CALLED.findall(data, start, end)[:_MOST_CALLS]):
        body = bodies.get(name, -1)
        if body >= 0 and (act := _ACT.search(data, body, _end_of_body(data, body))) is not None:
            return act.start()
    return -1


def _end_of_body(data: bytes, start: int) -> int:
    limit = min(len(data), start + REACH)
    closing = _NEXT_FUNCTION.search(data, start, limit)
    return closing.end() if closing is not None else limit
