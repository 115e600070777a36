"""Evidence is selected by weight, and lowered for places like those selected before."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from features.contract import Evidence, Role
from features.evidence_selection import MOST_ALIKE, select_diverse_evidence

places = st.builds(
    Evidence,
    member=st.sampled_from(("setup.py", "a/__init__.py", "a/b.py")),
    line=st.integers(1, 40),
    indicator=st.sampled_from(("exec", "urlopen", "b64")),
    role=st.sampled_from(Role),
    excerpt=st.sampled_from(("x", "y", "z")),
    weight=st.sampled_from((0.5, 1.0, 7.25)),
)


def loud(line: int, *, member: str = "setup.py", indicator: str = "exec", role: Role = Role.INSTALL) -> Evidence:
    return Evidence(member, line, indicator, role, f"exec({line})", 20.0)


@given(st.lists(places), st.integers(0, 20))
def test_the_choice_is_a_function_of_the_set(found: list[Evidence], number: int) -> None:
    shown = select_diverse_evidence(found, number)
    assert shown == select_diverse_evidence(found[::-1] + found, number)
    assert shown == select_diverse_evidence(found, number + 1)[:number]
    assert len(set(shown)) == len(shown) <= number
    assert set(shown) <= set(found)
    assert all(count <= MOST_ALIKE for count in Counter((at.indicator, at.excerpt) for at in shown).values())
    if shown:
        assert max(at.weight for at in found) == shown[0].weight


def test_a_place_elsewhere_is_shown_among_many_louder_ones() -> None:
    quiet = Evidence("a/__init__.py", 3, "urlopen", Role.IMPORT, "urlopen(x)", 9.0)
    assert quiet in select_diverse_evidence([*map(loud, range(50)), quiet], 8)


def test_code_that_runs_at_another_time_is_shown_among_many_louder_files() -> None:
    quiet = Evidence("a/__init__.py", 3, "urlopen", Role.IMPORT, "urlopen(x)", 12.0)
    files = [loud(at, member=f"{at}.pth", indicator=f"i{at}") for at in range(50)]
    assert quiet in select_diverse_evidence([*files, quiet], 8)


def test_one_kind_in_one_file_fills_what_is_left() -> None:
    assert 16 == len(select_diverse_evidence(map(loud, range(50)), 16))
