"""Reads the inert look-alike payloads: text that resembles malicious code and contacts no real host."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAYLOADS_FILE = Path(__file__).parent / "payloads.toml"


@dataclass(frozen=True, slots=True)
class Payload:
    """One payload: `source` is Python of whole statements, `behaviour` a predicate ("sends the environment ...")."""

    id: str
    behaviour: str
    source: str


@cache
def read_payloads() -> tuple[Payload, ...]:
    """Return all payloads, in the order of their file."""
    tables = tomllib.loads(PAYLOADS_FILE.read_text(encoding="utf-8"))["payload"]
    return tuple(Payload(table["id"], table["behaviour"], table["source"].lstrip("\n")) for table in tables)


def find_payload(payload_id: str) -> Payload:
    """Return one payload; raises KeyError for an unknown id."""
    return {payload.id: payload for payload in read_payloads()}[payload_id]
