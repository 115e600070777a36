"""Keeps the results of a function for an object for as long as the object lives."""

import weakref
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

Subject = TypeVar("Subject")
Rest = ParamSpec("Rest")
Value = TypeVar("Value")


def memoize(function: Callable[Concatenate[Subject, Rest], Value]) -> Callable[Concatenate[Subject, Rest], Value]:
    """Decorate a pure function to run once for each first argument (an object) and each set of further arguments.

    The object is identified by its id and needs no hash, but must allow weak references. The results are dropped with
    the object, so they must not refer to it. Further arguments must be hashable.
    """
    results: dict[int, tuple[weakref.ref[Any], dict[Hashable, Value]]] = {}

    @wraps(function)
    def memoized(subject: Subject, /, *args: Rest.args, **kwargs: Rest.kwargs) -> Value:
        number = id(subject)
        if number not in results:
            # An id may be reused after its object is freed; the callback runs before that.
            results[number] = weakref.ref(subject, lambda _: results.pop(number, None)), {}
        known = results[number][1]
        arguments = (args, tuple(sorted(kwargs.items())))
        if arguments not in known:
            known[arguments] = function(subject, *args, **kwargs)
        return known[arguments]

    return memoized
