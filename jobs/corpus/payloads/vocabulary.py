"""Chooses the names and addresses of a payload, and writes them into its template.

All addresses are reserved for documentation (RFC 2606, RFC 5737): nothing answers there.
"""

import re
import string
from collections.abc import Callable
from random import Random

_WORDS = {
    "train": (
        "cache", "update", "sync", "asset", "metric", "node", "build", "data", "cloud", "static", "image", "edge",
        "hub", "relay", "pixel", "report", "stats", "file", "mirror", "event", "queue", "store", "media", "core", "api",
    ),
    "valid": ("ledger", "beacon", "tunnel", "status", "portal", "gate", "bridge", "panel"),
    "test": ("signal", "archive", "proxy", "feed", "vault", "origin", "content", "runner", "check", "zone", "ingest"),
    "fresh": ("harbor", "lantern", "pulse", "atlas", "quarry", "meadow", "forge", "canopy", "ripple", "summit"),
    "blind": ("tundra", "falcon", "copper", "saffron", "willow", "granite", "juniper", "cobalt", "orchid", "sable"),
}  # fmt: skip
_NUMBERS = {"train": (2, 150), "valid": (151, 180), "test": (181, 250), "fresh": (250, 255), "blind": (0, 2)}
"""Last parts of addresses in 198.51.100.0/24 and 203.0.113.0/24."""
_TAILS = ("example", "example.invalid")
_VERBS = ("load", "sync", "check", "init", "setup", "prepare", "resolve", "refresh", "warm", "apply", "collect", "push",
          "register", "ensure", "probe", "report", "start", "fetch", "read", "handle")  # fmt: skip
_NOUNS = ("env", "state", "cache", "config", "runtime", "data", "session", "info", "blob", "table", "meta", "profile",
          "paths", "payload", "items", "store", "body", "record", "buffer", "hook", "part", "result")  # fmt: skip
_LETTERS = string.ascii_letters + string.digits
_TOKEN = re.compile(r"@([a-zA-Z]+)(\d?)@")
_STYLES = ("plain", "plain", "plain", "private", "private", "short", "camel", "hex", "bars")


class Vocabulary:
    """The names and addresses of one payload: the same mark of a template is the same text everywhere in it."""

    def __init__(self, split: str, rng: Random) -> None:
        self.split = split
        self._rng = rng
        self._style = rng.choice(_STYLES)
        self._chosen: dict[str, str] = {}

    def render(self, template: str) -> str:
        """Return a template with its marks replaced: `@n1@` a name, `@host@`, `@ip@`, `@port@`, `@url@`, `@hook@`..."""
        return _TOKEN.sub(self._replace, template)

    def word(self) -> str:
        """Return a word of the split's own list."""
        return self._rng.choice(_WORDS[self.split])

    def name(self) -> str:
        """Return a new identifier in the payload's style."""
        rng = self._rng
        verb, noun = rng.choice(_VERBS), rng.choice(_NOUNS)
        if self._style == "hex":
            return f"_0x{rng.randrange(16**5):05x}"
        if self._style == "bars":
            return "".join(rng.choice("lI") for _ in range(rng.randrange(8, 14)))
        if self._style == "short":
            return rng.choice(string.ascii_lowercase) + rng.choice(string.ascii_lowercase) + rng.choice(("", "_", "1"))
        if self._style == "camel":
            return verb + noun.title() + rng.choice(("", str(rng.randrange(9))))
        return f"{'_' if self._style == 'private' else ''}{verb}_{noun}{rng.choice(('', '', str(rng.randrange(9))))}"

    def host(self) -> str:
        """Return a host of a reserved domain, or a reserved address."""
        return self.address() if self._rng.random() < 0.45 else self.domain()

    def domain(self) -> str:
        """Return a name below a reserved domain."""
        first, second = self.word(), self.word()
        joined = self._rng.choice((f"{first}-{second}", f"{first}.{second}", first + second, f"{first}{second[:2]}"))
        return f"{joined}.{self._rng.choice(_TAILS)}"

    def address(self) -> str:
        """Return an address of TEST-NET-2 or TEST-NET-3."""
        low, high = _NUMBERS[self.split]
        return f"{self._rng.choice(('198.51.100', '203.0.113'))}.{self._rng.randrange(low, high)}"

    def _replace(self, match: re.Match[str]) -> str:
        mark = match[0]
        if mark not in self._chosen:
            value = self._value(match[1])
            if value is None:
                return mark
            while match[1] in {"n", "C"} and value in self._chosen.values():
                value = (self._value(match[1]) or "") + str(self._rng.randrange(1000))
            self._chosen[mark] = value
        return self._chosen[mark]

    def _value(self, mark: str) -> str | None:
        rng = self._rng
        plain: dict[str, Callable[[], str]] = {
            "host": self.host, "domain": self.domain, "ip": self.address, "n": self.name, "word": self.word,
            "C": lambda: "".join(part.title() for part in (rng.choice(_VERBS), rng.choice(_NOUNS))),
            "port": lambda: str(rng.choice((443, 4444, 8080, 8443, 9001, 5000, 1337, rng.randrange(2000, 60000)))),
            "num": lambda: str(rng.randrange(2, 90)),
            "file": lambda: f"{rng.choice(('.', '', '_'))}{self.word()}{rng.choice(('', '-helper', 'd', '_tmp'))}",
            "tok": lambda: "".join(rng.choice(_LETTERS) for _ in range(rng.randrange(16, 36))),
            "id": lambda: str(rng.randrange(10**9, 10**10)),
            "wallet": lambda: "".join(rng.choice("023456789acdefghjklmnpqrstuvwxyz") for _ in range(38)),
            "date": lambda: f"2026, {rng.randrange(1, 13)}, {rng.randrange(1, 28)}",
            "stamp": lambda: str(rng.randrange(1_767_225_600, 1_793_000_000)),
        }  # fmt: skip
        if mark in plain:
            return plain[mark]()
        if mark == "url":
            port = rng.choice(("", "", f":{rng.randrange(2000, 60000)}"))
            path = rng.choice((f"/{self.word()}", f"/api/{self.word()}", f"/v{rng.randrange(1, 4)}/{self.word()}", "/c",
                               f"/{rng.randrange(16**6):06x}"))  # fmt: skip
            return f"{rng.choice(('http', 'https', 'https'))}://{self.host()}{port}{path}"
        if mark == "raw":
            return f"https://{self.domain()}/raw/{self._value('tok')}"
        if mark == "hook":
            return f"https://{self.domain()}/api/webhooks/{rng.randrange(10**17, 10**18)}/{self._value('tok')}"
        return None
