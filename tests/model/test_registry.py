from pathlib import Path

import pytest

import model.learners
from model.contract import TrainingDataError
from model.registry import LEARNERS, PRESETS, find_preset, make_learner


def test_every_file_of_learners_is_registered() -> None:
    folder = Path(str(model.learners.__file__)).parent
    on_disk = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert on_disk == {kind.name for kind in LEARNERS}


def test_names_and_files_are_unique() -> None:
    files = [file for kind in LEARNERS for file in kind.files]
    assert len(files) == len(set(files))
    assert [make_learner(kind.name, 2).threads for kind in LEARNERS] == [2] * len(LEARNERS)


def test_presets_use_registered_learners_only() -> None:
    assert [preset.name for preset in PRESETS] == ["boojum", "samaana2024"]
    known = {kind.name for kind in LEARNERS}
    assert all(kind.name in known for preset in PRESETS for kind in preset.learners)


def test_an_unknown_preset_is_named_with_the_known_ones() -> None:
    with pytest.raises(TrainingDataError, match="no preset 'snark'; known: boojum, samaana2024"):
        find_preset("snark")
