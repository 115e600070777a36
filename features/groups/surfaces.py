"""Provides the surfaces group: files that make agents, editors, pipelines, compilers, installers and shells act."""

from features.contract import GroupRow, Release, Scalar
from features.reference.popular_names import popular_names
from features.surfaces.columns import COLUMNS
from features.surfaces.examination import examine_surfaces


class SurfacesGroup:
    """The columns over surfaces, with the evidence in them (`features.surfaces`)."""

    name = "surfaces"
    columns = COLUMNS

    @property
    def version(self) -> str:
        """Return the version of the rules, with the digest of the popular names they use."""
        return f"1.{popular_names().digest}"

    def extract(self, release: Release) -> GroupRow:
        """Return the row of one release; the work ends at its deadline, and `limits` then names "seconds"."""
        found = examine_surfaces(release)
        values: dict[str, Scalar] = {column.name: 0 for column in COLUMNS}
        values.update((f"surfaces_{noun}", value) for noun, value in found.values.items())
        return GroupRow(values, evidence=found.evidence, limits=found.limits)
