import json

import pytest

from audit.evaluating.record import read_evaluation, write_evaluation
from model.evaluation.sections import SECTIONS
from model.saved import PRETRAINED


def test_an_evaluation_comes_back_as_it_was(evaluation, tmp_path):
    page = write_evaluation(evaluation, tmp_path / "new")
    assert tmp_path / "new" / "evaluation.html" == page
    assert evaluation == read_evaluation(tmp_path / "new")
    assert (tmp_path / "new" / "evaluation.json").read_bytes().isascii()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"preset": "boojum", "sections": ["time"]}'])
def test_another_versions_file_is_measured_again(text, tmp_path):
    (tmp_path / "evaluation.json").write_text(text)
    assert read_evaluation(tmp_path) is None


def test_a_folder_without_a_record_has_no_evaluation(tmp_path):
    assert read_evaluation(tmp_path / "none") is None


def test_an_unmeasured_part_comes_back_empty(make_evaluation, tmp_path):
    write_evaluation(make_evaluation(localisation=()), tmp_path)
    assert json.loads((tmp_path / "evaluation.json").read_text())["localisation"] == []
    assert make_evaluation(localisation=()) == read_evaluation(tmp_path)


def test_the_shipped_evaluation_can_be_read_and_is_written_as_it_is(tmp_path):
    shipped = read_evaluation(PRETRAINED)
    assert shipped is not None
    assert [section.name for section in SECTIONS] == [section.name for section in shipped.sections]
    write_evaluation(shipped, tmp_path)
    assert json.loads((PRETRAINED / "evaluation.json").read_text()) == json.loads(
        (tmp_path / "evaluation.json").read_text()
    )
