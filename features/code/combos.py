"""Categories that say more together: met in one file."""

from dataclasses import dataclass
from functools import lru_cache

from features.text.indicators import Category


@dataclass(frozen=True, slots=True)
class Combo:
    """Sets of categories of which each must be met; `meaning` completes "... in one file"."""

    id: str
    meaning: str
    needs: tuple[frozenset[Category], ...]


_HIDE = frozenset({Category.ENCODING, Category.OBFUSCATION})
_RUN = frozenset({Category.EXECUTION})
_NET = frozenset({Category.NETWORK, Category.STAGING})
_LOOT = frozenset({Category.CREDENTIAL, Category.WALLET})

COMBOS: tuple[Combo, ...] = (
    Combo("network_execution", "network use and execution", (_NET, _RUN)),
    Combo("encoding_execution", "encoded text and execution", (_HIDE, _RUN)),
    Combo("encoding_network", "encoded text and network use", (_HIDE, _NET)),
    Combo("encoding_network_execution", "encoded text, network use and execution", (_HIDE, _NET, _RUN)),
    Combo("credential_network", "credentials or wallets and network use", (_LOOT, _NET)),
    Combo("host_network", "host information and network use", (frozenset({Category.HOST}), _NET)),
    Combo("capture_network", "screen, keyboard or clipboard and network use", (frozenset({Category.CAPTURE}), _NET)),
    Combo("persistence_execution", "persistence and execution", (frozenset({Category.PERSISTENCE}), _RUN)),
    Combo("evasion_execution", "evasion and execution", (frozenset({Category.EVASION}), _RUN)),
    Combo("staging_execution", "staging addresses and execution", (frozenset({Category.STAGING}), _RUN)),
    Combo(
        "staging_host",
        "staging addresses and host information",
        (frozenset({Category.STAGING}), frozenset({Category.HOST})),
    ),
    Combo("install_network", "install hooks and network use", (frozenset({Category.INSTALL}), _NET)),
    Combo("install_execution", "install hooks and execution", (frozenset({Category.INSTALL}), _RUN)),
    Combo("impact_execution", "destructive acts and execution", (frozenset({Category.IMPACT}), _RUN)),
)
"""In the order of the columns."""


@lru_cache(maxsize=4096)
def combos_of(categories: frozenset[Category]) -> tuple[str, ...]:
    """Return the ids of the combinations that are met."""
    return tuple(combo.id for combo in COMBOS if all(categories & need for need in combo.needs))
