"""Provides the metadata group: the metadata that a distribution declares."""

from features.contract import GroupRow, Release, Scalar
from features.packaging.declared.columns import COLUMNS
from features.packaging.declared.compared_fields import declared_fields
from features.packaging.declared.contacts import contact_values
from features.packaging.declared.dependencies import (
    build_values,
    declared_requirements,
    dependency_values,
    parse_dependencies,
)
from features.packaging.declared.dependency_use import dependency_use_values
from features.packaging.declared.descriptions import description_values
from features.packaging.declared.fields import field_values
from features.packaging.declared.homepage import homepage_values
from features.packaging.declared.impersonation import impersonation_values
from features.packaging.declared.project_name import name_values, version_values
from features.packaging.entry_points import read_entry_points
from features.packaging.metadata import read_core_metadata
from features.reference.identity import popular_identities
from features.reference.popular_names import popular_names


class MetadataGroup:
    """The columns over declared metadata (`features.packaging.declared`)."""

    name = "metadata"
    columns = COLUMNS

    @property
    def version(self) -> str:
        """Return the version of the rules, with the digests of the popular names and identities they use."""
        return f"5.{popular_names().digest}.{popular_identities().digest}"

    def extract(self, release: Release) -> GroupRow:
        """Return the row of one release, with its requirements, its entry points and the fields that are compared."""
        declared = read_core_metadata(release)
        dependencies = parse_dependencies(declared.requires_dist)
        found: dict[str, Scalar] = {"present": bool(declared.path)}
        found |= name_values(declared, release) | version_values(declared, release)
        if declared.path:
            found |= field_values(declared) | description_values(declared) | contact_values(declared)
            found |= homepage_values(declared) | impersonation_values(declared, popular_identities())
            found |= dependency_values(declared, dependencies) | build_values(release)
            found |= dependency_use_values(declared, dependencies, release)
        values: dict[str, Scalar] = dict.fromkeys(column.name for column in COLUMNS)
        values.update((f"metadata_{noun}", value) for noun, value in found.items())
        return GroupRow(
            values,
            requires=declared_requirements(dependencies),
            entry_points=read_entry_points(release),
            declared=declared_fields(declared, release),
        )
