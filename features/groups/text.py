"""Provides the text group: lexical features of source, description and name, independent of behaviour."""

from features.contract import GroupRow, Release, Scalar
from features.packaging.metadata import read_core_metadata
from features.packaging.readme import read_description
from features.reference import name_likeness
from features.reference.name_likeness import name_figures
from features.reference.popular_names import popular_names
from features.text import columns
from features.text.prose_figures import prose_figures
from features.text.release_figures import release_figures
from features.text.source_selection import select_source


class TextGroup:
    """The columns over the lexical form of source, description and name (`features.text`)."""

    name = "text"
    columns = (*columns.COLUMNS, *name_likeness.COLUMNS)

    @property
    def version(self) -> str:
        """Return the version of the rules, with the digest of the popular names they use."""
        return f"5.{popular_names().digest}"

    def extract(self, release: Release) -> GroupRow:
        """Return the row of one release; if source over a bound is cut, `limits` names "text_source_bytes"."""
        values: dict[str, Scalar] = dict.fromkeys(column.name for column in self.columns)
        source, limits = select_source(release)
        if source:
            values.update((f"text_{noun}", value) for noun, value in release_figures(source).items())
        prose = prose_figures(read_description(release))
        values.update((f"text_readme_{noun}", value) for noun, value in prose.items())
        name = read_core_metadata(release).name or release.project
        if name:
            values.update((f"text_name_{noun}", value) for noun, value in name_figures(name).items())
        return GroupRow(values, limits=limits)
