import re
from random import Random

import pytest

from jobs.corpus.payloads.blind_honest import BLIND_CHANGES
from jobs.corpus.payloads.honest import CHANGES, find_change
from jobs.corpus.payloads.registry import FAMILIES
from jobs.corpus.variants.contract import NotApplicableError
from tests.jobs.corpus.payloads.conftest import assert_sound, draft_of


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
@pytest.mark.parametrize("kind", ["sdist", "wheel"])
def test_an_honest_change_builds_a_sound_release(change, kind):
    if change.name in {"honest-build", "honest-compiled", "honest-list"} and kind == "wheel":
        return
    for seed in range(4):
        draft = draft_of(kind, split=("train", "valid", "test", "fresh")[seed], seed=seed, code="")
        change.build(draft)
        made = draft.finish()
        assert_sound(made)
        assert draft.members
        new = b"\n".join(made.files()[member] for member in draft.members)
        assert not re.search(rb"\bexec\(|\beval\(|\| *(?:ba)?sh\b|\.pth\b", new)


@pytest.mark.parametrize("change", BLIND_CHANGES, ids=lambda change: change.name)
@pytest.mark.parametrize("kind", ["sdist", "wheel"])
def test_a_twin_of_a_blind_family_builds_a_sound_release_that_does_no_harm(change, kind):
    if change.name == "honest-installed-data" and kind == "sdist":
        with pytest.raises(NotApplicableError, match="no dist-info"):
            change.build(draft_of(kind, split="blind", code=""))
        return
    for seed in range(4):
        draft = draft_of(kind, split="blind", seed=seed, code="")
        change.build(draft)
        made = draft.finish()
        assert_sound(made)
        new = b"\n".join(made.files()[member] for member in draft.members)
        assert not re.search(rb"\bexec\(|\beval\(|b64decode|\| *(?:ba)?sh\b|os\.environ\.items", new)


def test_a_change_is_found_by_name_and_mirrors_places_that_exist():
    assert CHANGES[2] is find_change(CHANGES[2].name)
    assert BLIND_CHANGES[2] is find_change(BLIND_CHANGES[2].name)
    places = {family.place for family in FAMILIES}
    assert {place for change in (*CHANGES, *BLIND_CHANGES) for place in change.mirrors} <= places
    assert len(CHANGES) + len(BLIND_CHANGES) == len({change.name for change in (*CHANGES, *BLIND_CHANGES)})
    assert Random(1).choice(CHANGES).name.startswith("honest-")
