from dataclasses import replace

from model.evaluation.sections import SECTIONS, ablations
from model.evaluation.session import EvaluationSession
from model.registry import PRESETS, find_preset
from model.rows import LabelledRows


def quiet(done: int, total: int, note: str) -> None:
    pass


def test_every_group_is_left_out_and_alone_under_the_same_folds() -> None:
    presets = list(ablations(PRESETS[0], ("files", "code")))
    assert [
        "all groups",
        "without files",
        "files alone",
        "without code",
        "code alone",
        "without the code tokens",
        "the code tokens alone",
        "without the members",
        "the members alone",
    ] == [preset.name for preset in presets]
    assert {PRESETS[0].ablation_folds} == {preset.folds for preset in presets}
    columns = {preset.name: preset.columns for preset in presets}
    assert () == columns["all groups"]
    assert ("code_*",) == columns["without files"]
    assert ("files_*",) == columns["files alone"]


def test_a_group_alone_has_no_code_tokens() -> None:
    alone = next(preset for preset in ablations(PRESETS[0], ("files", "code")) if preset.name == "code alone")
    assert ["boosting", "linear_columns"] == [kind.name for kind in alone.learners]


def test_one_group_or_no_token_learner_has_fewer_ablations() -> None:
    assert 5 == len(list(ablations(PRESETS[0], ("code",))))
    assert ["all groups"] == [preset.name for preset in ablations(find_preset("samaana2024"), ("code",))]


def test_section_names_are_unique_and_the_most_important_comes_first() -> None:
    names = [section.name for section in SECTIONS]
    assert "time" == names[0]
    assert len(names) == len(set(names))


def test_sections_share_the_fits_of_the_preset(rows: LabelledRows) -> None:
    session = EvaluationSession(rows, replace(PRESETS[0]), 0, 1, quiet)
    required = {
        section.name: {(split.name, preset.name) for split, preset in section.required_fits(session)}
        for section in SECTIONS
        if section.name in {"time", "popular", "sets", "slices", "learners"}
    }
    assert required["popular"] == required["sets"] == {("dev", "boojum")}
    assert required["time"] == required["slices"] == required["learners"] > required["popular"]
