"""Parses JSON that must have exactly the shape of a dataclass, for files whose loss would be silent otherwise."""

import dataclasses
import json
import math
from collections.abc import Collection
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


class ShapeError(ValueError):
    """A text that is no JSON of the expected shape; the message is what the text is or has, and where."""


def load_strictly(content: bytes) -> Any:
    """Return the value of a JSON text in UTF-8; raises ShapeError, also for a key that occurs twice, and for nan."""
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise ShapeError(f"is not UTF-8 at byte {error.start:,}") from error
    except RecursionError as error:
        raise ShapeError("is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise ShapeError(f"is no JSON: {error}") from error


def build_strictly(kind: Any, value: Any, where: str = "", optional: Collection[str] = ()) -> Any:
    """Return the plain value of a JSON text as an instance of a type, without any leniency.

    Every key must be there, except those with a default in `optional`, and no other. A number is never a boolean, and
    text has no lone surrogates. `where` prefixes the message of ShapeError.
    """
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        if value is None and NoneType in get_args(kind):
            return None
        [kind] = [argument for argument in get_args(kind) if argument is not NoneType]
        return build_strictly(kind, value, where, optional)
    if origin is tuple:
        if not isinstance(value, list):
            raise ShapeError(f"has no list for `{where}`")
        return tuple(build_strictly(get_args(kind)[0], each, f"{where}[{n}]", optional) for n, each in enumerate(value))
    if dataclasses.is_dataclass(kind):
        return _build_dataclass(kind, value, where, optional)
    if issubclass(kind, Enum):
        if not isinstance(value, str) or value not in [each.value for each in kind]:
            raise ShapeError(f"has {_shown(value)} for `{where}`")
        return kind(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not kind or (kind is float and not math.isfinite(value)):
        raise ShapeError(f"has {_shown(value)} for `{where}`")
    if kind is str and not _is_text(value):
        raise ShapeError(f"has no text for `{where}`")
    return value


def _build_dataclass(kind: Any, value: Any, where: str, optional: Collection[str]) -> Any:
    if not isinstance(value, dict):
        raise ShapeError(f"has no object for `{where}`" if where else "is no object")
    hints = _hints_of(kind)
    prefix = f"{where}." if where else ""
    if unknown := sorted(set(value) - set(hints)):
        raise ShapeError(f"has an unknown key `{prefix}{_plain(unknown[0])}`")
    if missing := [name for name in hints if name not in value and name not in optional]:
        raise ShapeError(f"lacks `{prefix}{missing[0]}`")
    return kind(**{name: build_strictly(hints[name], value[name], prefix + name, optional) for name in value})


@cache
def _hints_of(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ShapeError(f"has the key `{_plain(next(name for name in names if names.count(name) > 1))}` twice")
    return found


def _refuse_constant(name: str) -> Any:
    raise ShapeError(f"has the number {name}")


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: Any) -> str:
    return json.dumps(value)[:40]


def _plain(text: str) -> str:
    return json.dumps(text[:40])[1:-1]
