"""Defines constants: the values that expressions of a file are folded to."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

Constant: TypeAlias = str | bytes | int | tuple["Constant", ...]
"""A folded value; a list or a tuple of constants is a tuple, a truth value an integer."""

MAX_CHARS = 4 * 2**20
"""Characters or bytes of the longest folded value."""

NO_KEYWORDS: Mapping[str, Constant] = MappingProxyType({})
