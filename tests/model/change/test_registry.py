import pytest

from model.change.registry import CHANGE_LEARNERS, make_change_learner


def test_names_and_files_are_unique() -> None:
    names = [kind.name for kind in CHANGE_LEARNERS]
    files = [name for kind in CHANGE_LEARNERS for name in kind.files]
    assert len(names) == len(set(names))
    assert len(files) == len(set(files))
    assert all(name.startswith("change_") for name in (*names, *files))


def test_an_unknown_learner_is_an_error() -> None:
    assert 2 == make_change_learner("change_boosting", 2).threads
    with pytest.raises(KeyError):
        make_change_learner("snark")
