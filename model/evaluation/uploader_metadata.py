"""Exchanges what an uploader can write into a release's metadata at will for that of honest popular projects.

MeMPtec (Halder and others, WWW 2024) calls such features easy to manipulate. A set of malware with them exchanged shows
how much a model leans on them.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from model.frame import Frame

_PREFIXES = (
    "metadata_summary_", "metadata_description_", "metadata_author_", "metadata_maintainer_", "metadata_email_",
    "metadata_homepage_", "metadata_url", "metadata_classifiers", "metadata_borrowed_", "metadata_version_",
    "text_readme_",
)  # fmt: skip
_NAMES = frozenset((
    "metadata_present", "metadata_problems", "metadata_encoding_problem", "metadata_duplicate_fields",
    "metadata_fields", "metadata_development_status", "metadata_keywords", "metadata_licence_present",
    "metadata_name_chars", "metadata_name_parts", "metadata_name_digits", "metadata_name_entropy",
    "metadata_name_random", "metadata_name_upper",
))  # fmt: skip


def easy_columns(names: Sequence[str]) -> list[str]:
    """Return the columns among `names` that an uploader sets at will, in their order.

    These are all texts, contacts, links, classifiers and numbers of the metadata, and the shape of the name. Left out
    are requirements, which act, the resemblance of the name to popular ones, and all that is compared with files.
    """
    return [name for name in names if name in _NAMES or name.startswith(_PREFIXES)]


def with_honest_metadata(rows: Frame, honest: Frame, seed: int = 1) -> Frame:
    """Return rows whose easy columns are those of a random row of `honest`, all of them of one row.

    Both frames have the same columns. Raises ValueError where `honest` has no row.
    """
    if not len(honest):
        raise ValueError("no honest row to take metadata from")
    chosen = np.random.default_rng(seed).integers(len(honest), size=len(rows))
    easy = np.isin(rows.columns, easy_columns(rows.columns))
    dense = rows.dense.copy()
    dense[:, easy] = honest.dense[chosen][:, easy]
    return replace(rows, dense=dense)
