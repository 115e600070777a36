"""Lists the patterns of acts that files order which make other programs act, and searches files for them.

Each pattern is tried only on files of its kinds that contain one of its words, so that honest files cost one search for
all words together.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import NamedTuple

from features.surfaces.contract import SurfacePlace, place_at
from features.surfaces.fragments import (
    ADDRESS_WORDS,
    BARE_ADDRESS,
    DECODED,
    FETCHED,
    PACKAGE_WORDS,
    REMOTE_PACKAGE,
    RUNNING_WORDS,
    SECRET_FILE,
    either,
)
from features.surfaces.kinds import SurfaceKind

MOST_PLACES = 3
"""Places of one pattern in one file."""

_AGENT_TEXT, _AGENT, _EDITOR = SurfaceKind.AGENT_TEXT, SurfaceKind.AGENT_SETTINGS, SurfaceKind.EDITOR_SETTINGS
_PIPELINE, _BUILD, _NATIVE = SurfaceKind.PIPELINE, SurfaceKind.BUILD_SCRIPT, SurfaceKind.NATIVE_SOURCE
_TOOL = SurfaceKind.TOOL_SETTINGS

_HOOK_EVENT = (
    rb"\"(?:SessionStart|SessionEnd|PreToolUse|PostToolUse|UserPromptSubmit|Stop|SubagentStop|Notification|PreCompact"
    rb"|before\w{4,30}|after\w{4,30}|onStart|stop)\""
)
_SHELL_NAME = rb"(?:/bin/)?(?:(?:ba|z)?sh|cmd(?:\.exe)?|powershell(?:\.exe)?|pwsh)"
_JSON_TEXT = rb"(?:[^\"\\\n]|\\.)"
_CMAKE_COMMAND = rb"\b(?:execute_process|add_custom_command|add_custom_target)\s{0,3}\("
_STARTED = (
    rb"\b(?:system|_?w?popen|_wsystem|WinExec|execl[pe]{0,2}|ShellExecute(?:Ex)?[AW]?|PyRun_SimpleString"
    rb"|Py_CompileString)"
)
_PROCESS_NAMES = rb"(?:_?popen|system|execv[pe]{0,2}|execl[pe]{0,2}|WinExec|ShellExecute[AW]?)"


class SurfacePattern(NamedTuple):
    """A pattern of a rule; a file of its kinds is searched if it contains one of `words`, in letters of any case."""

    rule: str
    kinds: frozenset[SurfaceKind]
    words: tuple[bytes, ...]
    pattern: re.Pattern[bytes]


def _pattern(
    rule: str, kinds: tuple[SurfaceKind, ...], words: Iterable[bytes], *alternatives: bytes, folded: bool = False
) -> SurfacePattern:
    flags = re.MULTILINE | (re.IGNORECASE if folded else 0)
    return SurfacePattern(rule, frozenset(kinds), tuple(words), re.compile(either(*alternatives), flags))


def _joined(starts: Iterable[bytes], ends: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(start + end for start in starts for end in ends)


_AGENT_PATTERNS = (
    _pattern("agent_text_fetches", (_AGENT_TEXT,), (*RUNNING_WORDS, *PACKAGE_WORDS), FETCHED, DECODED, REMOTE_PACKAGE),
    _pattern(
        "agent_text_sends_secrets",
        (_AGENT_TEXT,),
        (b"send", b"upload", b"post ", b"exfiltrat", b"transmit", b"submit", b"curl", b"forward", b"paste", b"pass "),
        rb"\b(?:send|upload|post|exfiltrate|transmit|submit|curl|forward|paste|pass|attach)\b[^\n.]{0,160}"
        + SECRET_FILE
        + rb"[^\n]{0,160}",
        SECRET_FILE + rb"[^\n]{0,120}\b(?:send|upload|post|exfiltrate|transmit|submit|curl|forward|pass) "
        rb"(?:it|them|the|its|this|as)\b",
        folded=True,
    ),
    _pattern(
        "agent_text_secrecy",
        (_AGENT_TEXT,),
        (b"user", b"silent", b"ignore", b"do not"),
        rb"\b(?:do not|don't|never|must not|without)\s{1,3}(?:tell|mention|inform|notify|alert|warn|reveal)(?:ing)?\s"
        rb"(?:\w{1,12}\s){0,3}(?:to\s)?(?:the\s)?(?:user|developer|human)\b",
        rb"\bdo not (?:mention|reveal|disclose) (?:this|these|that you|the fact)\b",
        rb"\bwithout the (?:user|developer)(?:'s)? (?:knowledge|knowing|noticing)",
        rb"\bsilently (?:send|upload|install|download|fetch|exfiltrate)",
        rb"\bignore (?:all |any )?(?:previous|prior|other|earlier) (?:instructions|rules)",
        folded=True,
    ),
    _pattern(
        "agent_text_hidden",
        (_AGENT_TEXT, _AGENT),
        (b"\xf3\xa0", b"\xef\xb8", b"\xe2\x80\x8b", b"\xe2\x80\x8c", b"\xe2\x81\xa0"),
        rb"(?:\xf3\xa0[\x80-\x87][\x80-\xbf]){8}",
        rb"(?:\xef\xb8[\x80-\x8e]){8}",
        rb"(?:\xe2\x80[\x8b\x8c]|\xe2\x81\xa0){8}",
    ),
    _pattern(
        "agent_hook_command",
        (_AGENT,),
        (b"hooks",),
        _HOOK_EVENT + rb"\s{0,5}:\s{0,5}\[[^\]]{0,400}?\"command\"\s{0,3}:",
    ),
    _pattern(
        "agent_command_fetches",
        (_AGENT,),
        (*RUNNING_WORDS, *PACKAGE_WORDS, b"/tmp/", b" -c", b" -e", b"bun "),
        FETCHED,
        DECODED,
        REMOTE_PACKAGE,
        rb"\"(?:command|bash|run)\"\s{0,3}:\s{0,3}\""
        + _JSON_TEXT
        + rb"{0,300}(?:\b(?:curl|wget)\b[^\"\n]{1,200}https?:|/tmp/[\w.]|\bnode\s-e\b|\bbun\s(?:run\s)?\."
        rb"|\bpython3?\s-c\b[^\"\n]{0,200}(?:exec|urlopen|import os|socket))",
        rb"\"command\"\s{0,3}:\s{0,3}\""
        + _SHELL_NAME
        + rb"\"\s{0,3},\s{0,9}\"args\"\s{0,3}:\s{0,3}\[[^\]]{0,300}(?:curl|wget|base64|https?:|/dev/tcp|\bIEX\b)",
    ),
    _pattern(
        "agent_unasked",
        (_AGENT, _EDITOR),
        (b"bypass", b"dangerously", b"enableAll", b"autoApprove", b"(*)", b'"*"', b"trust", b'"Bash"'),
        rb"\"?defaultMode\"?\s{0,3}[:=]\s{0,3}\"bypassPermissions\"",
        rb"\bdangerously[A-Z_-]\w{3}",
        rb"\"enableAllProjectMcpServers\"\s{0,3}:\s{0,3}true",
        rb"utoApprove\"\s{0,3}:\s{0,3}(?:true|\[\s{0,5}\"\*\")",
        rb"\"Bash\(\*\)\"",
        rb"\"allow\"\s{0,3}:\s{0,3}\[\s{0,9}\"(?:\*|Bash)\"",
        rb"\"trust\"\s{0,3}:\s{0,3}true",
    ),
    _pattern("editor_task_opened", (_EDITOR,), (b"folderOpen",), rb"\"?runOn\"?\s{0,3}:\s{0,3}\"folderOpen\""),
    _pattern("editor_command_fetches", (_EDITOR,), RUNNING_WORDS, FETCHED, DECODED),
)
_PIPELINE_PATTERNS = (
    _pattern(
        "pipeline_leaks",
        (_PIPELINE,),
        (b"toJSON", b"env |", b"env|", b"set |", b"base64", b"Runner.Worker", b"/proc/"),
        rb"\btoJSON\s{0,3}\(\s{0,3}secrets\s{0,3}\)",
        rb"\b(?:printenv|env|set)\s{0,3}\|\s{0,3}(?:[\w -]{1,30}\|\s{0,3}){0,2}(?:curl|wget|nc|ncat|base64)\b",
        rb"\bbase64(?:\s-w\s?0)?\s{0,3}\|\s{0,3}base64\b",
        rb"\bRunner\.Worker\b|/proc/[^\s]{1,20}/mem\b",
    ),
    _pattern("pipeline_fetches", (_PIPELINE,), (*RUNNING_WORDS, *ADDRESS_WORDS), DECODED, BARE_ADDRESS),
)
_BUILD_PATTERNS = (
    _pattern("build_fetches", (_BUILD,), (*RUNNING_WORDS, *ADDRESS_WORDS), FETCHED, DECODED, BARE_ADDRESS),
    _pattern(
        "build_fetches",
        (_BUILD,),
        (b"DOWNLOAD", b"curl", b"wget", b"reqwest::", b"ureq::", b"TcpStream"),
        rb"\bfile\s{0,3}\(\s{0,3}DOWNLOAD\b[\s\S]{0,1000}?\b(?:execute_process|add_custom_command)\s{0,3}\(\s{0,9}COMMAND\s{1,9}\S{0,60}"
        rb"(?:sh|python|Python|PYTHON|\$\{CMAKE_(?:CURRENT_)?BINARY_DIR\}|/tmp)",
        rb"\brun_command\s{0,3}\(\s{0,3}\[?\s{0,3}'(?:curl|wget)'[\s\S]{0,600}?\brun_command\s{0,3}\(\s{0,3}\[?\s{0,3}'(?:\./|/tmp|sh|bash|chmod|python)",
        rb"\b(?:Command::new\s{0,3}\(\s{0,3}\"(?:curl|wget)\"|(?:reqwest|ureq)::)[\s\S]{0,1200}?\bCommand::new\s{0,3}\(\s{0,3}(?:\"(?:\./|/tmp|sh|bash|chmod|python)|&)",
    ),
    _pattern(
        "build_downloads",
        (_BUILD,),
        (b"DOWNLOAD", b"curl", b"wget", b"reqwest::", b"ureq::", b"minreq::", b"TcpStream"),
        rb"\bfile\s{0,3}\(\s{0,3}DOWNLOAD\b",
        _CMAKE_COMMAND + rb"[^)]{0,300}\b(?:curl|wget)\b",
        rb"\brun_command\s{0,3}\(\s{0,3}\[?\s{0,3}'(?:curl|wget)'",
        rb"\$\(shell\s[^)]{0,60}\b(?:curl|wget)\b",
        rb"\bCommand::new\s{0,3}\(\s{0,3}\"(?:curl|wget)\"",
        rb"\b(?:reqwest|ureq|minreq)::(?:blocking::)?(?:get|post|Client)|\bTcpStream::connect\b",
    ),
    _pattern(
        "build_runs_shell",
        (_BUILD,),
        (b"execute_process", b"add_custom_", b"run_command", b"Command::new"),
        _CMAKE_COMMAND + rb"[^)]{0,200}\bCOMMAND\s{1,9}\"?" + _SHELL_NAME + rb"\"?\s{1,9}\"?[-/](?:c|C|Command)\b",
        rb"\brun_command\s{0,3}\(\s{0,3}\[?\s{0,3}'" + _SHELL_NAME + rb"'\s{0,3},\s{0,3}'[-/](?:c|C|Command)'",
        rb"\bCommand::new\s{0,3}\(\s{0,3}\"" + _SHELL_NAME + rb"\"",
    ),
)
_NATIVE_PATTERNS = (
    _pattern(
        "native_source_fetches",
        (_NATIVE,),
        (
            *_joined(
                (b"system", b"popen", b"execl", b"execlp", b"execle", b"WinExec", b"xecuteA", b"xecuteW"), (b"(", b" (")
            ),
            *(b'Command::new("', b"URLDownloadToFile", b"PyRun_SimpleString", b"Py_CompileString"),
        ),
        _STARTED
        + rb"\s{0,3}\((?:[^\"\n;]{0,60}[\s(,])?(?:L|b|R)?\""
        + _JSON_TEXT
        + rb"{0,300}(?:\bcurl\s|\bwget\s|\bpowershell\b|\bbase64\s|/dev/tcp/|\bnc\s|\bcertutil\b|\bmshta\b|\.ssh/"
        rb"|\bb64decode\b|\burlopen\b|\bpython3?\s-c\b|\bbash\s-[ic]\b)",
        rb"\bexecl[pe]{0,2}\s{0,3}\([^\n;]{0,60}\"-c\"\s{0,3},\s{0,3}\""
        + _JSON_TEXT
        + rb"{0,300}(?:curl|wget|base64|/dev/tcp|\bnc\s|\.ssh)",
        rb"\bCommand::new\s{0,3}\(\s{0,3}\"(?:curl|wget|powershell(?:\.exe)?|certutil|mshta)\"",
        rb"\bURLDownloadToFile[AW]?\s{0,3}\(",
    ),
    _pattern(
        "native_source_renames",
        (_NATIVE,),
        _joined(
            (b"system", b"popen", b"execv", b"execve", b"execvp", b"execl", b"execlp", b"WinExec"),
            (b"\n", b"\r", b"(", b" ("),
        ),
        rb"#[ \t]*define[ \t]+(?:\w{1,40}(?:\([^)\n]{0,40}\))?)[ \t]+" + _PROCESS_NAMES + rb"[ \t]*(?:\(|\r?$)",
    ),
    _pattern(
        "native_source_renames",
        (_NATIVE,),
        _joined((b",", b", ", b"##", b"## "), (b"ystem", b"stem)", b"tem)", b"pen)", b"open)")),
        rb"\(\s{0,3}(?:s|sy|sys)\s{0,3},\s{0,3}(?:ystem|stem|tem)\s{0,3}\)",
        rb"\(\s{0,3}(?:p|po)\s{0,3},\s{0,3}(?:open|pen)\s{0,3}\)",
        rb"\b(?:s|sy|sys)\s{0,2}##\s{0,2}(?:ystem|stem|tem)\b",
    ),
)
_LOADED_PATTERNS = (
    # Initialisers of variables run when a library is loaded, statements at the margin of Cython when it is imported.
    _pattern(
        "constructor_acts",
        (_NATIVE,),
        _joined((b"system", b"popen"), (b"(", b" (")),
        rb"^static\s{1,5}(?:const\s{1,5})?\w{1,20}[\s*]{1,5}\w{1,40}\s{0,3}=\s{0,3}(?:std::|::)?(?:system|_?popen)\s{0,3}\(",
        rb"^(?:int|auto|bool)\s{1,5}\w{1,40}\s{0,3}=\s{0,3}(?:std::|::)?(?:system|_?popen)\s{0,3}\(\s{0,3}L?\"",
    ),
    _pattern(
        "module_init_acts",
        (_NATIVE,),
        _joined((b"system", b"popen"), (b"(", b" (")),
        rb"^(?:cdef\s{1,5}[\w ]{1,30}\s{1,5}\w{1,40}\s{0,3}=\s{0,3}|\w{1,40}\s{0,3}=\s{0,3})?"
        rb"(?:libc\.stdlib\.|stdlib\.)?(?:system|popen)\s{0,3}\(\s{0,3}b?[\"'][^;\n]{0,300}$",
    ),
)
_TOOL_PATTERNS = (
    _pattern(
        "tool_command",
        (_TOOL,),
        (
            b"hooksPath",
            b"sshCommand",
            b"fsmonitor",
            b"!",
            b"ProxyCommand",
            b"LocalCommand",
            b"pager",
            b"editor",
            b"install",
        ),
        rb"^\s{0,9}(?:hooksPath|sshCommand|fsmonitor|pager|editor)\s{0,3}=\s{0,3}[^\n]{0,200}(?:/tmp|\bsh\b|\bcurl\b|\bwget\b|\bpython)",
        rb"^\s{0,9}\w{1,20}\s{0,3}=\s{0,3}\"?![^\n]{0,200}\b(?:sh|curl|wget|python3?|nc)\b",
        rb"^\s{0,9}(?:ProxyCommand|LocalCommand)\s{1,5}[^\n]{0,200}\b(?:sh|bash|curl|wget|python3?)\b",
    ),
)

PATTERNS: tuple[SurfacePattern, ...] = (
    *_AGENT_PATTERNS,
    *_PIPELINE_PATTERNS,
    *_BUILD_PATTERNS,
    *_NATIVE_PATTERNS,
    *_LOADED_PATTERNS,
    *_TOOL_PATTERNS,
)
"""All patterns; a rule may have several."""

_BY_KIND: Mapping[SurfaceKind, tuple[SurfacePattern, ...]] = {
    kind: tuple(pattern for pattern in PATTERNS if kind in pattern.kinds) for kind in SurfaceKind
}
WORDS: Mapping[SurfaceKind, tuple[bytes, ...]] = {
    kind: tuple(sorted({word for pattern in patterns for word in pattern.words})) for kind, patterns in _BY_KIND.items()
}
"""Words of which a file of each kind must contain one to be searched with any pattern."""


def find_acts(kind: SurfaceKind, member: str, data: bytes, words: AbstractSet[bytes]) -> Iterator[SurfacePlace]:
    """Yield the places of a file where it orders an act, at most MOST_PLACES of each pattern.

    `words` are those of `WORDS` that it contains.
    """
    for entry in _BY_KIND[kind]:
        if not words.isdisjoint(entry.words):
            for match in islice(entry.pattern.finditer(data), MOST_PLACES):
                blanks = len(match[0]) - len(match[0].lstrip())
                yield place_at(entry.rule, member, data, match.start() + blanks)
