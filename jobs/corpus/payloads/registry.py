"""Lists all families of payloads, and tells which a release may have."""

from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.places import (
    agent,
    blind_code,
    blind_files,
    blind_functions,
    blind_names,
    compiled,
    data,
    data_code,
    declared,
    entry,
    foreign,
    fresh_code,
    fresh_files,
    fresh_names,
    imported,
    inner,
    install,
    metadata,
    native,
    pages,
    patched,
    published,
    requirement,
    settings,
    startup,
)

FAMILIES: tuple[Family, ...] = (
    *startup.FAMILIES,
    *install.FAMILIES,
    *imported.FAMILIES,
    *inner.FAMILIES,
    *entry.FAMILIES,
    *data.FAMILIES,
    *foreign.FAMILIES,
    *native.FAMILIES,
    *requirement.FAMILIES,
    *agent.FAMILIES,
    *settings.FAMILIES,
    *patched.FAMILIES,
    *metadata.FAMILIES,
    *compiled.FAMILIES,
    *pages.FAMILIES,
    *declared.FAMILIES,
    *data_code.FAMILIES,
    *published.FAMILIES,
    *fresh_code.FAMILIES,
    *fresh_files.FAMILIES,
    *fresh_names.FAMILIES,
    *blind_code.FAMILIES,
    *blind_functions.FAMILIES,
    *blind_files.FAMILIES,
    *blind_names.FAMILIES,
)


def find_family(name: str) -> Family:
    """Return the family of a name; raises KeyError."""
    return {family.name: family for family in FAMILIES}[name]


def families_of(split: str, kind: str) -> tuple[Family, ...]:
    """Return the families of a split that a wheel or an sdist can hold."""
    return tuple(family for family in FAMILIES if family.split == split and family.needs in {"any", kind})
