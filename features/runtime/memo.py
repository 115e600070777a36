"""Remembers what a function returned for an object for as long as that object lives."""

import weakref
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

Subject = TypeVar("Subject")
Rest = ParamSpec("Rest")
Value = TypeVar("Value")


def memoize(function: Callable[Concatenate[Subject, Rest], Value]) -> Callable[Concatenate[Subject, Rest], Value]:
    """Decorate a pure function so that it runs once for each object given first, and each set of further arguments.

    The object is known by its identity and needs no hash, but must take weak references. The results go when it
    goes, so they must not refer to it. Further arguments must be hashable.
    """
    results: dict[int, tuple[weakref.ref[Any], dict[Hashable, Value]]] = {}

    @wraps(function)
    def memoized(subject: Subject, /, *args: Rest.args, **kwargs: Rest.kwargs) -> Value:
        number = id(subject)
        if number not in results:
            # A number is used again once its object is gone; the callback runs before that.
            results[number] = weakref.ref(subject, lambda _: results.pop(number, None)), {}
        known = results[number][1]
        arguments = (args, tuple(sorted(kwargs.items())))
        if arguments not in known:
            known[arguments] = function(subject, *args, **kwargs)
        return known[arguments]

    return memoized
