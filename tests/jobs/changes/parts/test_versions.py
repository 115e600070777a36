import pyarrow as pa
import pytest
from change_builders import change, sdist
from hypothesis import given
from hypothesis import strategies as st

from jobs.changes.parts.versions import STEPS, version_steps


@pytest.mark.parametrize(
    ("expected", "base", "version"),
    [
        ({"major"}, "1.9", "2.0"),
        ({"minor"}, "1.9", "1.10"),
        ({"patch"}, "1.9.1", "1.9.2"),
        ({"patch"}, "1.9", "1.9.0.1"),
        ({"post"}, "1.9", "1.9.post1"),
        ({"local"}, "1.9", "1.9+cpu"),
        ({"final"}, "2.0rc1", "2.0"),
        ({"pre"}, "2.0rc1", "2.0rc2"),
        ({"pre", "major"}, "1.0", "2.0.dev1"),
        ({"same"}, "1.0", "1.0.0"),
        ({"down", "major"}, "9.9.9", "0.0.1"),
        ({"major"}, "9.9", "1!9.9"),
        ({"unparsable"}, "1.0", "latest"),
        ({"unparsable", "same"}, "latest", "latest"),
    ],
)
def test_the_step_between_two_versions_is_told(expected, base, version):
    assert expected == version_steps(base, version)


@given(st.text(), st.text())
def test_any_two_texts_have_steps(base, version):
    assert version_steps(base, version) <= set(STEPS)


def test_steps_are_columns():
    made = change(sdist("1.0"), sdist("1.1"))
    assert ["minor"] == [step for step in STEPS if made[f"change_step_{step}"]]


def test_against_another_project_there_is_no_step():
    made = change(sdist("3.0"), sdist("1.1"), "relative")
    assert [] == [step for step in STEPS if made[f"change_step_{step}"]]


def test_times_are_context_and_unknown_times_are_null():
    made = change(sdist("1.0", day=3), sdist("1.1", day=13), usual_days=pa.array([5.0]), earlier_releases=pa.array([7]))
    assert (10.0, 5.0, 2.0, 7) == tuple(
        made[f"context_{name}"] for name in ("base_days", "usual_days", "rhythm", "earlier_releases")
    )
    assert change(sdist("1.0"), sdist("1.1", day=1))["context_base_days"] is None
    unknown = change(sdist("1.0", day=3), sdist("1.1", day=13))
    assert (None, None) == (unknown["context_rhythm"], unknown["context_earlier_releases"])
