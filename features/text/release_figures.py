"""Computes the lexical figures of a release: of all its source, its install code and its import code."""

from collections.abc import Mapping

from features.contract import Role, Scalar
from features.runtime.cache import cached
from features.text.source_figures import role_figures, whole_figures
from features.text.source_metrics import SourceFiles, measure_source


@cached(
    "source_figures",
    key=lambda source: tuple([(role, *files.keys) for role, files in source.items()]),
    size_of=lambda figures: 100 * len(figures),
)
def release_figures(source: Mapping[Role, SourceFiles]) -> Mapping[str, Scalar]:
    """Return the figures by noun, those of install and import code with the role's name before the noun.

    `source` holds at least one role. The result is cached, because the wheels of one release share their source.
    """
    measured = measure_source(list(source.values()))
    all_source = role_figures(measured)
    figures = dict(all_source)
    for position, role in enumerate(source):
        if role is not Role.REST:
            of_role = all_source if len(source) == 1 else role_figures(measured, position)
            figures |= {f"{role}_{noun}": value for noun, value in of_role.items()}
    return figures | whole_figures(measured)
