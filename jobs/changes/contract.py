"""The contract of the changes room: the kinds of base, and the protocol of a part of a change row."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

if TYPE_CHECKING:
    from jobs.changes.pairs import Pairs

Values: TypeAlias = pa.Array | npt.NDArray[np.generic]
"""The values of one column of a change table, one for each pair."""


class BaseKind(StrEnum):
    """Kind of base that an artifact is compared with."""

    RELEASE = "release"
    """The release before it."""
    SIBLING = "sibling"
    """The sdist or a wheel of its own release."""
    RELATIVE = "relative"
    """The nearest artifact of another project."""


class ChangePart(Protocol):
    """A family of columns of a change row; pure and without state that changes."""

    @property
    def name(self) -> str:
        """Short name."""

    @property
    def version(self) -> str:
        """Changes whenever a value of an unchanged pair could change; part of the fingerprint."""

    @property
    def fields(self) -> tuple[pa.Field, ...]:
        """Columns, in the order of the schema; those that a model may see have a meaning in their metadata."""

    def compute(self, pairs: "Pairs") -> Mapping[str, Values]:
        """Return the values of exactly these columns."""


def dense(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    """Return a column of numbers; `meaning` completes the sentence "It was ranked here because of ..."."""
    return pa.field(name, kind, metadata={"meaning": meaning})
