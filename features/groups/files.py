"""Provides the files group: counts, sizes, names, disguises and upkeep of a release's files."""

from features.contract import GroupRow, Release, Scalar
from features.files.columns import COLUMNS
from features.files.container_rules import anomaly_evidence
from features.files.disguise import disguise_values
from features.files.file_names import file_name_values
from features.files.inventory import anomaly_values, count_values, size_values
from features.files.manifests import manifest_values
from features.files.release_paths import ReleasePaths
from features.files.startup import startup_values
from features.files.upkeep import upkeep_values
from features.reference.popular_names import popular_names


class FilesGroup:
    """The columns over the files of a release (`features.files`)."""

    name = "files"
    columns = COLUMNS

    @property
    def version(self) -> str:
        """Return the version of the rules, with the digest of the popular names they use."""
        return f"4.{popular_names().digest}"

    def extract(self, release: Release) -> GroupRow:
        """Return the row of one release."""
        paths = ReleasePaths.from_release(release)
        found = anomaly_values(release) | count_values(paths) | size_values(paths)
        found |= disguise_values(paths) | startup_values(paths) | file_name_values(paths)
        found |= upkeep_values(paths) | manifest_values(release)
        values: dict[str, Scalar] = dict.fromkeys(column.name for column in COLUMNS)
        values.update((f"files_{noun}", value) for noun, value in found.items())
        return GroupRow(values, anomaly_evidence(release))
