import fnmatch
from pathlib import Path

import pytest

import model.learners
from features.schema import feature_schema
from model.errors import TrainingDataError
from model.frame import feature_names
from model.registry import LEARNERS, PAPER_COLUMNS, PRESETS, find_preset, make_learner


def test_every_file_of_learners_is_registered() -> None:
    folder = Path(str(model.learners.__file__)).parent
    on_disk = {path.stem for path in folder.glob("*.py")} - {
        "__init__",
        "contract",
        "estimator",
        "logistic",
        "xgboost_trees",
    }
    assert on_disk == {kind.name for kind in LEARNERS}


def test_names_and_files_are_unique() -> None:
    files = [file for kind in LEARNERS for file in kind.files]
    assert len(files) == len(set(files))
    assert [make_learner(kind.name, 2).threads for kind in LEARNERS] == [2] * len(LEARNERS)


def test_presets_use_registered_learners_only() -> None:
    assert [preset.name for preset in PRESETS] == ["boojum", "boojum_forest", "samaana2024"]
    known = {kind.name for kind in LEARNERS}
    assert all(kind.name in known for preset in PRESETS for kind in preset.learners)


def test_an_unknown_preset_is_named_with_the_known_ones() -> None:
    with pytest.raises(TrainingDataError, match="no preset 'snark'; known: boojum, boojum_forest, samaana2024"):
        find_preset("snark")


def test_the_papers_preset_sees_its_own_columns_of_the_installed_schema_only() -> None:
    columns = feature_names(feature_schema())
    paper = find_preset("samaana2024")
    seen = [columns[position] for position in paper.column_positions(columns)]
    for pattern in PAPER_COLUMNS:
        assert fnmatch.filter(seen, pattern), pattern
    assert len(seen) < len(columns) / 20
    assert not [name for name in seen if name.startswith(("known_", "code_unknown"))]


def test_a_preset_without_patterns_uses_all_columns() -> None:
    assert find_preset("boojum").column_positions(["b", "a"]) == (0, 1)


def test_a_preset_without_columns_is_an_error() -> None:
    with pytest.raises(TrainingDataError, match="none of the columns of the preset 'samaana2024'"):
        find_preset("samaana2024").column_positions(["snark"])
