"""Our own inert payloads: text that looks like what malicious packages do, and leads nowhere."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAYLOADS_FILE = Path(__file__).parent / "payloads.toml"


@dataclass(frozen=True, slots=True)
class Payload:
    """One payload: `body` is Python source of whole statements, `what` a sentence without its subject."""

    id: str
    what: str
    body: str


@cache
def payloads() -> tuple[Payload, ...]:
    """Return all payloads, in the order of their file."""
    listed = tomllib.loads(PAYLOADS_FILE.read_text(encoding="utf-8"))["payload"]
    return tuple(Payload(one["id"], one["what"], one["body"].lstrip("\n")) for one in listed)


def find_payload(name: str) -> Payload:
    """Return one payload; raises KeyError for an unknown id."""
    return {payload.id: payload for payload in payloads()}[name]
