"""Recognises JavaScript that an obfuscator wrote or that steals; minified JavaScript alone is neither.

Names such as `_0x1f2e` are those of javascript-obfuscator, which most droppers of npm and PyPI are passed through.
"""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import islice

from features.surfaces.contract import SurfacePlace, place_at

OBFUSCATED_NAMES = 60
"""Names of an obfuscator from which a file is obfuscated."""

_NAME = re.compile(rb"\b_0x[0-9a-f]{3,8}\b")
_ENVIRONMENT = re.compile(
    rb"\bJSON\.stringify\s{0,3}\(\s{0,3}\{?\s{0,3}(?:\w{1,12}\s{0,3}:\s{0,3}|\.\.\.)?process\.env\s{0,3}[,})]"
)
_SECRETS = re.compile(
    rb"[\"'`/\\](?:\.ssh[/\\]{1,2}(?:id_|config)|\.aws[/\\]{1,2}credentials|\.npmrc|\.pypirc|\.git-credentials|\.kube[/\\]{1,2}config"
    rb"|id_rsa|id_ed25519|Login Data|Local State|wallet\.dat|exodus\.wallet)[\"'`/\\]"
)
_SENDS = re.compile(
    rb"\bfetch\s{0,3}\(|\bhttps?\.request\b|\baxios\b|\bXMLHttpRequest\b|\bsendBeacon\b|\bnet\.connect\b|\bundici\b|\bmethod\s{0,3}:\s{0,3}[\"']POST"
)
_OWN_PROCESS = frozenset((b"child_process", b"process.env", b"process.platform", b"Bun.", b"Deno.", b"require("))
"""Words of JavaScript that does not run in a browser."""
_SECRET_WORDS = frozenset(
    (b".ssh", b"credentials", b".npmrc", b".pypirc", b".kube", b"id_rsa", b"id_ed25519", b"Login Data", b"Local State",
     b"wallet.dat", b"exodus.wallet")
)  # fmt: skip
JAVASCRIPT_WORDS = (b"_0x", b"JSON.stringify", *sorted(_OWN_PROCESS), *sorted(_SECRET_WORDS))
"""Words that a file is searched for first."""


def find_javascript_acts(member: str, data: bytes, words: AbstractSet[bytes]) -> Iterator[SurfacePlace]:
    """Yield the places of a file that make it obfuscated or a thief; `words` are those of JAVASCRIPT_WORDS in it."""
    if b"_0x" in words:
        names = list(islice(_NAME.finditer(data), OBFUSCATED_NAMES))
        if len(names) == OBFUSCATED_NAMES:
            yield place_at("javascript_obfuscated", member, data, names[0].start())
    found = _ENVIRONMENT.search(data) if {b"process.env", b"JSON.stringify"} <= words else None
    if found is None and not (words.isdisjoint(_SECRET_WORDS) or words.isdisjoint(_OWN_PROCESS)):
        found = _SECRETS.search(data)
    if found is not None and _SENDS.search(data):
        yield place_at("javascript_steals", member, data, found.start())
