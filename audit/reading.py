"""JSON back into what it was made from: a finished run is reported again in any format, an evaluation taken up."""

import json
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from audit.contract import AuditDocument


def parse_document(text: str) -> AuditDocument:
    """Return the document that the JSON report rendered.

    Raises ValueError, KeyError or TypeError on a text of another shape.
    """
    document = parse_as(AuditDocument, json.loads(text))
    assert isinstance(document, AuditDocument)
    return document


def parse_as(kind: Any, value: Any) -> Any:
    """Return plain values as a dataclass (or whatever else the type says); raises as `parse_document` does."""
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        if value is None:
            return None
        return parse_as(next(arg for arg in get_args(kind) if arg is not type(None)), value)
    if origin is tuple:
        inner = get_args(kind)
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(parse_as(inner[0], item) for item in value)
        return tuple(parse_as(one, item) for one, item in zip(inner, value, strict=True))
    if origin is not None:  # a mapping of plain values
        return dict(value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        # A run of an older boojum says less: what has a default may be missing.
        told = [f for f in fields(kind) if f.name in value or f.default is f.default_factory is MISSING]
        return kind(**{item.name: parse_as(hints[item.name], value[item.name]) for item in told})
    if kind is datetime or kind is date:
        return kind.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return value
