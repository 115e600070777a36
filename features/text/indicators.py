"""The shipped indicators (`features/indicators.toml`) in their order, and the digest of their patterns."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from features.text.indicator_file import Indicator, parse_indicators

INDICATORS: tuple[Indicator, ...] = parse_indicators(
    (Path(__file__).parents[1] / "indicators.toml").read_text(encoding="utf-8"), shipped=True
)
"""All indicators, in the order of the file; a hit refers to one by its position here."""

POSITIONS: Mapping[str, int] = {indicator.id: position for position, indicator in enumerate(INDICATORS)}
"""Position in `INDICATORS` of each id."""

_DIGESTED_KINDS: Mapping[str, str] = {
    "loose": "shell_dash_c fixed_address_connect netcat_shell reversed_literal number_list character_list "
    "join_index_table bitcoin_address",
    "addresses": "raw_ip_url odd_port_url url_shortener free_hosting executable_url script_url archive_url "
    "abused_domain_ending",
    "runs": "long_base64 long_hex",
    "escapes": "hex_escapes octal_escapes unicode_escapes",
    "blanks": "offscreen_code far_right_code far_right_tabs",
    "foreign": "styled_letters hidden_characters",
}
"""Kinds of patterns, which only the digest still uses.

The digest is part of the schema of every store and model: the kinds can go when a pattern changes next.
"""
_KIND_OF = {name: kind for kind, names in _DIGESTED_KINDS.items() for name in names.split()}

DIGEST: str = hashlib.blake2b(
    repr([(i.id, i.pattern, i.category.value, i.flags, _KIND_OF.get(i.id, "words")) for i in INDICATORS]).encode(),
    digest_size=8,
).hexdigest()
"""16 hex digits over everything that determines the hits of a scan."""
