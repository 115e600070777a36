"""Reads an analyst's own patterns: a TOML file in the form of features/indicators.toml, or YARA rules."""

import re
import tomllib
from hashlib import sha256
from pathlib import Path

from xxhash import xxh3_128_hexdigest

from audit.hunting.contract import HuntError
from features.text.indicator_file import Flag, IndicatorFileError, parse_indicators
from jobs.hunt.contract import RulesError, SearchPattern
from jobs.hunt.search import match_rules

YARA_SUFFIXES = (".yar", ".yara")


def text_pattern(text: str) -> SearchPattern:
    """Return a pattern that finds a literal text whatever its case."""
    return SearchPattern(f"text {text}", re.escape(text.encode("utf-8", "surrogateescape")), caseless=True)


def read_patterns(file: Path) -> tuple[tuple[SearchPattern, ...], str]:
    """Return the patterns of a TOML file, and the source of YARA rules ("" for none); raises HuntError."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HuntError(f"{file} cannot be read ({error})", "name a readable file with --patterns") from error
    if file.suffix in YARA_SUFFIXES:
        try:
            list(match_rules(text, b""))
        except RulesError as error:
            raise HuntError(f"{file}: {error}", error.hint) from error
        return (), text
    try:
        indicators = parse_indicators(text)
    except (IndicatorFileError, tomllib.TOMLDecodeError, AttributeError) as error:
        raise HuntError(
            f"{file}: {error}", "see features/indicators.toml for the form; YARA rules end in .yar"
        ) from error
    return tuple(
        SearchPattern(one.id, one.pattern.encode("ascii"), caseless=Flag.CASELESS in one.flags) for one in indicators
    ), ""


def member_of(file: Path) -> tuple[str, str, str]:
    """Return the name and the digests (xxh3-128, sha256) of a file on this machine; raises HuntError."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise HuntError(f"{file} cannot be read ({error})", "name a readable file with --file") from error
    return file.name, xxh3_128_hexdigest(data), sha256(data).hexdigest()
