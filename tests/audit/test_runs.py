"""Finished runs by id, by name and by path."""

from datetime import UTC, datetime

import pytest

from audit.runs import NoSuchRunError, find_run, read_document


def test_a_run_is_found_by_id_by_name_and_by_path(publish, document):
    out = publish(document())
    folder = (out / "runs" / document().run).resolve()
    assert [folder] * 3 == [find_run(out, name) for name in (document().run, "latest", str(folder))]
    assert document() == read_document(folder)


def test_a_run_that_is_not_there_names_those_that_are(publish, document):
    out = publish(document())
    with pytest.raises(NoSuchRunError, match="no finished run 'yesterday'") as caught:
        find_run(out, "yesterday")
    assert f"finished runs: latest, {document().run}" == caught.value.hint


def test_a_date_names_the_last_run_that_finished_by_then(publish, document):
    older = document(run="20261120T230000Z-aaaa", finished=datetime(2026, 11, 21, 0, 30, tzinfo=UTC))
    out = publish(older)
    publish(document())
    assert [older.run, document().run, document().run] == [
        find_run(out, day).name for day in ("2026-11-21", "2026-11-22", "2026-12-31")
    ]
    with pytest.raises(NoSuchRunError, match="no run that finished on 2026-11-20 or before"):
        find_run(out, "2026-11-20")


def test_an_empty_folder_says_how_to_begin(tmp_path):
    with pytest.raises(NoSuchRunError) as caught:
        find_run(tmp_path, "latest")
    assert "run `boojum audit MIRROR` first" == caught.value.hint


@pytest.mark.parametrize("text", ["", "{", "{}", "[]"])
def test_a_damaged_run_is_an_error_with_its_file(publish, document, text):
    folder = find_run(publish(document()), "latest")
    (folder / "findings.json").write_text(text)
    with pytest.raises(NoSuchRunError, match=r"findings\.json cannot be read"):
        read_document(folder)
