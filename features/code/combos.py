"""Defines combinations of indicator categories that are more suspicious together in one file than alone."""

from dataclasses import dataclass
from functools import lru_cache

from features.text.indicator_file import Category


@dataclass(frozen=True, slots=True)
class Combo:
    """A combination of categories: a file must match one of each set in `needs`.

    `meaning` completes "It was ranked here because of ... in the same file".
    """

    id: str
    meaning: str
    needs: tuple[frozenset[Category], ...]


_HIDING = frozenset({Category.ENCODING, Category.OBFUSCATION})
_EXECUTION = frozenset({Category.EXECUTION})
_NETWORK = frozenset({Category.NETWORK, Category.STAGING})
_CAPTURE = frozenset({Category.CAPTURE})
_ASSETS = frozenset({Category.CREDENTIAL, Category.WALLET})

COMBOS: tuple[Combo, ...] = (
    Combo("network_execution", "network use and execution", (_NETWORK, _EXECUTION)),
    Combo("encoding_execution", "encoded text and execution", (_HIDING, _EXECUTION)),
    Combo("encoding_network", "encoded text and network use", (_HIDING, _NETWORK)),
    Combo("encoding_network_execution", "encoded text, network use and execution", (_HIDING, _NETWORK, _EXECUTION)),
    Combo("credential_network", "credentials or wallets and network use", (_ASSETS, _NETWORK)),
    Combo("host_network", "host information and network use", (frozenset({Category.HOST}), _NETWORK)),
    Combo("capture_network", "capture of screen, keyboard or clipboard and network use", (_CAPTURE, _NETWORK)),
    Combo("persistence_execution", "persistence and execution", (frozenset({Category.PERSISTENCE}), _EXECUTION)),
    Combo("evasion_execution", "evasion and execution", (frozenset({Category.EVASION}), _EXECUTION)),
    Combo("staging_execution", "staging addresses and execution", (frozenset({Category.STAGING}), _EXECUTION)),
    Combo(
        "staging_host",
        "staging addresses and host information",
        (frozenset({Category.STAGING}), frozenset({Category.HOST})),
    ),
    Combo("install_network", "install hooks and network use", (frozenset({Category.INSTALL}), _NETWORK)),
    Combo("install_execution", "install hooks and execution", (frozenset({Category.INSTALL}), _EXECUTION)),
    Combo("impact_execution", "destructive acts and execution", (frozenset({Category.IMPACT}), _EXECUTION)),
)
"""All combinations, in the order of the columns."""


@lru_cache(maxsize=4096)
def matching_combos(categories: frozenset[Category]) -> tuple[str, ...]:
    """Return the ids of the combinations that a file with these categories matches."""
    return tuple(combo.id for combo in COMBOS if all(categories & need for need in combo.needs))
