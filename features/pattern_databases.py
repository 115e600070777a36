"""Stores every pattern database, for processes that may not write into the user's cache folder."""

from features.binary import string_markers
from features.runtime.pattern_store import store_database
from features.surfaces import examination
from features.text import hosts, indicator_hits


def store_databases() -> None:
    """Compile and store the databases that are not stored yet, which takes three seconds the first time."""
    for module in (indicator_hits, hosts, string_markers, examination):
        for patterns in module.pattern_lists():
            store_database(patterns)
