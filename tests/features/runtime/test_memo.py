"""Results that live as long as the object they are about."""

import gc
import pickle
import weakref
from dataclasses import FrozenInstanceError

import pytest

from features.contract import FileType, Kind, Member, Release, Role
from features.runtime.memo import memoize


class Subject:
    """An object that takes weak references."""


def test_a_function_runs_once_for_each_object_and_each_further_argument():
    calls: list[tuple[Subject, int, int]] = []

    @memoize
    def function(subject: Subject, number: int, other: int = 0) -> int:
        calls.append((subject, number, other))
        return number + other

    one, two = Subject(), Subject()
    assert [1, 1, 2, 1, 3, 3] == [
        function(one, 1), function(one, 1), function(one, 2), function(two, 1),
        function(one, 1, other=2), function(one, 1, other=2),
    ]  # fmt: skip
    assert [(one, 1, 0), (one, 2, 0), (two, 1, 0), (one, 1, 2)] == calls


def test_equal_objects_are_not_the_same_object():
    release = Release("a-1.zip", "a", "1", Kind.SDIST, "zip", 1, ())
    equal = Release("a-1.zip", "a", "1", Kind.SDIST, "zip", 1, ())

    @memoize
    def function(given: Release) -> list[str]:
        return [given.project]

    assert release == equal
    assert function(release) is function(release)
    assert function(release) is not function(equal)


@pytest.mark.slow
def test_results_go_with_their_object():
    made: list[weakref.ref[Subject]] = []

    @memoize
    def function(_: Subject) -> Subject:
        result = Subject()
        made.append(weakref.ref(result))
        return result

    for _ in range(3):
        subject = Subject()
        assert function(subject) is made[-1]()
        del subject
        gc.collect()
        assert made[-1]() is None
    assert 3 == len(made)


def test_an_error_is_not_remembered():
    answers = iter([ValueError("wrong"), 1])

    @memoize
    def function(_: Subject) -> object:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    subject = Subject()
    with pytest.raises(ValueError, match="wrong"):
        function(subject)
    assert 1 == function(subject)


def test_a_release_is_frozen_and_can_be_pickled():
    member = Member("a.py", 1, FileType.PYTHON, Role.REST, data=b"x", head=b"x")
    release = Release("a-1.zip", "a", "1", Kind.SDIST, "zip", 1, (member,), anomalies={"bad_crc": 1})
    assert release == pickle.loads(pickle.dumps(release))
    with pytest.raises(FrozenInstanceError):
        release.project = "b"  # type: ignore[misc]
