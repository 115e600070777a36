"""Hashes code tokens for learners over words: calls, names and the shapes of literals.

A token's hash orders it: an artifact keeps the tokens with the smallest hashes, so that two artifacts with the
same code keep the same sample of it (bottom-k sampling). Tokens of calls with a behaviour (see
`features.code.evaluate.api_behaviours`) sort before all others and are the last that a cap drops.
"""

import re
from collections.abc import Iterable, Mapping

from xxhash import xxh3_64_intdigest

from features.contract import Role

CAP = 256
"""Tokens kept for each role of an artifact."""

ROLE_INDEX: Mapping[Role, int] = {Role.INSTALL: 0, Role.IMPORT: 1, Role.REST: 2}
BITS = 20

_WEAK_BIT = 1 << 63
_WORD = re.compile(r"\.?\b[^\W\d]\w{2,60}")
_CALL = re.compile(r"\b([^\W\d]\w{0,60}(?:\.[^\W\d]\w{0,60}){0,6})[ \t]*\(")
_WORDLIKE = re.compile(r"[A-Za-z][A-Za-z_-]{1,19}")
_URL = re.compile(r"\b(https?|ftp|wss?|tcp)://([^/\s'\"]+)(/[^\s'\"]*)?")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F]{16,}")
_PATH = re.compile(r"(?:[A-Za-z]:)?[~.]?(?:[\\/][\w .%$-]+){1,12}[\\/]?|[\w%$-]+(?:[\\/][\w .%$-]+){1,12}")
_KNOWN_HOSTS = (
    "discord", "telegram", "pastebin", "github", "githubusercontent", "gitlab", "ngrok", "pipedream",
    "burpcollaborator", "oast", "interact", "webhook", "ipinfo", "ipify", "ifconfig", "transfer", "anonfiles",
    "dropbox", "mega", "rentry",
    "hastebin", "google", "amazonaws", "azure", "firebase", "replit", "repl", "vercel", "netlify", "herokuapp",
    "workers", "readthedocs", "python", "localhost", "example", "cdn", "catbox", "gofile", "requestbin", "canarytokens",
)  # fmt: skip
_MAX_SOURCE_CHARS = 16 * 1024


def hash_token(token: str, *, strong: bool = False) -> int:
    """Return a token's ordered 64-bit hash, of which the feature table keeps the low 20 bits."""
    value = xxh3_64_intdigest(token.encode("utf-8", "surrogatepass"))
    return (value & (_WEAK_BIT - 1)) if strong else (value | _WEAK_BIT)


def string_shape(value: str | bytes) -> str:
    """Return the kind and the size of a literal, such as "hex:7", as long text itself would identify a campaign."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    size = f"{len(text).bit_length()}"
    url = _URL.search(text[:4096]) if "://" in text else None
    if url is not None:
        return f"url:{url[1]}:{_host_kind(url[2])}:{_suffix(url[3] or '')}"
    if _WORDLIKE.fullmatch(text):
        return f"word:{text}"
    if _ADDRESS.fullmatch(text):
        return "address"
    if _HEX.fullmatch(text):
        return f"hex:{size}"
    if _BASE64.fullmatch(text) and not (text.isalpha() and text.islower()):
        return f"base64:{size}"
    if _PATH.fullmatch(text[:300]) and len(text) <= 300:
        return f"path:{_suffix(text)}"
    spaces = text.count(" ") + text.count("\n")
    kind = "code" if "import " in text or "def " in text else "prose" if spaces * 12 > len(text) else "other"
    return f"{kind}:{size}"


def _host_kind(host: str) -> str:
    host = host.rpartition("@")[2].lower()
    if _ADDRESS.fullmatch(host):
        return "address"
    labels = host.partition(":")[0].split(".")
    for label in labels:
        if label in _KNOWN_HOSTS:
            return label
    return f"tld-{labels[-1][:8]}" if len(labels) > 1 else "name"


def _suffix(path: str) -> str:
    name = path.rstrip("/\\").replace("\\", "/").rpartition("/")[2].partition("?")[0]
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    return suffix if 0 < len(suffix) <= 5 and suffix.isalnum() else ""


def call_tokens(names: Iterable[tuple[str, bool]]) -> set[int]:
    """Return tokens of calls in source order: each dotted name, and each pair of calls that follow one another.

    Each name comes with a flag that the call has a known behaviour, which makes its token strong.
    """
    strong_tokens: set[str] = set()
    other: set[str] = set()
    before = ("", False)
    for name, strong in names:
        if not name:
            continue
        (strong_tokens if strong else other).add("call:" + name)
        if before[0]:
            (strong_tokens if strong and before[1] else other).add(f"pair:{before[0]}>{name}")
        before = (name, strong)
    return {hash_token(token, strong=True) for token in strong_tokens} | _hash_weak(other)


def _hash_weak(written: Iterable[str]) -> set[int]:
    """Return the hashes of weak tokens, which sort after all strong ones."""
    digest, weak_bit = xxh3_64_intdigest, _WEAK_BIT
    return {digest(token.encode("utf-8", "surrogatepass")) | weak_bit for token in written}


def name_tokens(names: Iterable[str]) -> set[int]:
    """Return tokens of identifiers and attribute chains."""
    return _hash_weak("name:" + name for name in names)


def string_tokens(values: Iterable[str | bytes]) -> set[int]:
    """Return tokens of the shapes of literals."""
    return _hash_weak({"text:" + string_shape(value) for value in values})


def source_tokens(text: str) -> tuple[int, ...]:
    """Return the tokens of source that the syntax pass did not read: its names and calls as written."""
    text = text[:_MAX_SOURCE_CHARS]
    found = name_tokens(set(_WORD.findall(text)))
    found |= {hash_token("call:" + name) for name in set(_CALL.findall(text))}
    return smallest(found)


def smallest(tokens: Iterable[int], cap: int = CAP) -> tuple[int, ...]:
    """Return the distinct tokens with the smallest hashes, ascending."""
    return tuple(sorted(set(tokens))[:cap])


def code_tokens(by_role: Mapping[Role, Iterable[int]]) -> tuple[int, ...]:
    """Return the feature table's tokens: role << 20 | 20-bit hash, at most CAP for each role, sorted."""
    return tuple(
        sorted(
            {
                ROLE_INDEX[role] << BITS | token & ((1 << BITS) - 1)
                for role, tokens in by_role.items()
                for token in smallest(tokens)
            }
        )
    )
