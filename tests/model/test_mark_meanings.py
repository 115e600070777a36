import pytest

from features.marks import MARK_IDS
from model.mark_meanings import mark_meaning, mark_severity


@pytest.mark.parametrize(
    ("mark", "meaning"),
    [
        ("finding_download_then_run", "downloads a file and then runs it"),
        ("os_system", "runs a shell command through os.system"),
        ("unpacked_network", "hides network use in encoded text"),
        ("folded_network", "puts network use together from pieces"),
        ("of_another_version", "of another version"),
    ],
)
def test_a_mark_is_a_clause(mark: str, meaning: str) -> None:
    assert meaning == mark_meaning(mark)


def test_every_mark_but_those_of_a_path_has_words_of_its_own() -> None:
    bare = [mark for mark in MARK_IDS if mark_meaning(mark) == mark.replace("_", " ")]
    assert set(bare) <= {"auxiliary_path", "known_code"}
    assert mark_meaning("run_decode").endswith("as soon as it is loaded")


def test_a_grave_act_is_severer_than_a_call() -> None:
    assert mark_severity("finding_secrets_to_network") > mark_severity("os_system") > mark_severity("known_code")
