"""Converts dataclasses to JSON and back."""

import dataclasses
import json
import os
from datetime import date, datetime
from enum import Enum
from pathlib import PurePath
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def render_json(value: Any) -> str:
    """Return dataclasses and plain values as JSON in ASCII, so that no character of a package reaches a terminal."""
    return json.dumps(value, default=to_plain, indent=1)


def to_plain(value: Any) -> Any:
    """Return what `json.dumps` cannot write (dataclasses, dates, paths) as a value that it can; raises TypeError."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, PurePath):
        return os.fspath(value)
    raise TypeError(type(value).__name__)


def from_plain(kind: Any, value: Any) -> Any:
    """Return the plain value of a JSON text as an instance of a type: a dataclass, tuple, enum, date or number.

    A field with a default may be missing, because an older version of boojum may have written the text. Raises
    ValueError, KeyError or TypeError where the value has another shape.
    """
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        if value is None:
            return None
        return from_plain(next(argument for argument in get_args(kind) if argument is not type(None)), value)
    if origin is tuple:
        kinds = get_args(kind)
        if len(kinds) == 2 and kinds[1] is Ellipsis:
            return tuple(from_plain(kinds[0], item) for item in value)
        return tuple(from_plain(each, item) for each, item in zip(kinds, value, strict=True))
    if origin is not None:  # a mapping of plain values
        return dict(value)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        present = [each for each in dataclasses.fields(kind) if each.name in value or _is_required(each)]
        return kind(**{each.name: from_plain(hints[each.name], value[each.name]) for each in present})
    if kind is datetime or kind is date:
        return kind.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return value


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
