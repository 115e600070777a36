"""Lists the declared fields that are compared between the releases of a project."""

import re

from features.contract import DeclaredFields, Kind, Release
from features.packaging.bounded_text import bounded_text
from features.packaging.metadata import CoreMetadata, read_build_backend

FIELD_CHARS = 200
"""Characters of one field that are kept."""
_GENERATOR_BYTES = 4_096
_GENERATOR = re.compile(rb"(?m)^Generator:[ \t]*([\w.-]{1,100})")


def declared_fields(declared: CoreMetadata, release: Release) -> DeclaredFields:
    """Return the compared fields of a release; a wheel's build backend is the program that wrote its WHEEL file."""
    backend = _wheel_generator(release) if release.kind is Kind.WHEEL else read_build_backend(release)
    fields = (
        declared.author,
        declared.author_email,
        declared.maintainer,
        declared.maintainer_email,
        declared.homepage,
        backend,
        declared.metadata_version,
    )
    return DeclaredFields(*[bounded_text(text, FIELD_CHARS) for text in fields])


def _wheel_generator(release: Release) -> str:
    for member in release.members:
        path = member.path
        if path.endswith(".dist-info/WHEEL") and path.count("/") == 1:
            match = _GENERATOR.search(member.head[:_GENERATOR_BYTES])
            return match[1].decode().lower() if match else ""
    return ""
