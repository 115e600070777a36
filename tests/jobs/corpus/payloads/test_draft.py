import ast
from contextlib import suppress

import pytest

from jobs.corpus.payloads.contract import Dress
from jobs.corpus.variants.contract import NotApplicableError
from tests.jobs.corpus.payloads.conftest import assert_sound, draft_of

CODE = "import os\nMARK = os.name\n"


@pytest.mark.parametrize("kind", ["sdist", "wheel"])
@pytest.mark.parametrize("seed", range(4))
def test_code_is_put_into_a_module_and_the_release_stays_sound(kind, seed):
    draft = draft_of(kind, seed=seed, code=CODE)
    draft.insert(draft.init, draft.code())
    made = draft.finish()
    assert [draft.init] == draft.members
    assert b"MARK = os.name" in made.files()[draft.init]
    assert_sound(made)


def test_a_new_module_is_imported_by_another_that_holds_nothing_of_the_payload():
    draft = draft_of(code=CODE)
    path = draft.add_module(draft.init, CODE)
    assert [path] == draft.members
    name = path.rpartition("/")[2].removesuffix(".py")
    assert any(name in ast.unparse(node) for node in ast.parse(draft.files[draft.init]).body)


def test_code_goes_into_a_function_that_is_wanted():
    draft = draft_of(code=CODE)
    place = draft.insert_in_function(lambda found: f"print({found.arguments[0]})\n", lambda found: found.name == "draw")
    assert ("", "draw") == (place.owner, place.name)
    assert b'    """Draw."""\n    print(width)\n    area' in draft.files["quillbox/pen.py"]
    with pytest.raises(NotApplicableError):
        draft.insert_in_function("x = 1\n", lambda found: found.name == "absent")


def test_a_dress_is_worn_within_a_trigger_or_around_it():
    seen = set()
    for seed in range(20):
        draft = draft_of(
            seed=seed, code="x = 1\n", dress=Dress("loud", "train", lambda code, rng: f"# dressed\n{code}")
        )
        seen.add(draft.code())
    assert {"# dressed\nx = 1\n"} == seen


def test_the_act_is_composed_once():
    draft = draft_of(split="test")
    assert draft.plain() == draft.plain()
    assert draft.act


def test_members_that_are_there_are_not_taken_for_new():
    draft = draft_of()
    with pytest.raises(NotApplicableError):
        draft.put_new(draft.init, "x = 1\n")
    with pytest.raises(NotApplicableError):
        draft.finish()
    assert "quillbox" == draft.import_name
    assert "quillbox/" == draft.folder
    assert draft.somewhere() in draft.files


def test_a_file_of_a_kind_is_found_and_most_hosts_without_one_are_passed_over():
    assert "quillbox/static/page.js" == draft_of().find_file(".js", ".mjs")
    assert draft_of(seed=3).find_file(".py", holds=b"class Pen").endswith("pen.py")
    given = []
    for seed in range(80):
        with suppress(NotApplicableError):
            given.append(draft_of(seed=seed).find_file(".zig"))
    assert {""} == set(given)
    assert 2 < len(given) < 30
