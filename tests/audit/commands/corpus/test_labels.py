"""`boojum corpus labels`: the last label of a file counts, and what has no row is named."""

import json

import pytest

from audit import cli
from audit.exits import Exit


@pytest.fixture
def labelled(store_folder, capsys):
    for digest, word in (("a" * 64, "malicious"), ("a" * 64, "benign"), ("b" * 64, "malicious")):
        arguments = [digest, word, "--why", "read it", "--out", str(store_folder)]
        assert Exit.COMPLETE == cli.main(["label", *arguments])
    capsys.readouterr()
    return ["corpus", "labels", "--out", str(store_folder), "--into", str(store_folder / "labels.parquet")]


def test_labels_without_a_row_make_the_build_incomplete(labelled, capsys):
    assert Exit.INCOMPLETE == cli.main(labelled)
    assert "2 labelled files have no row in the store" in capsys.readouterr().out


def test_the_last_label_of_a_file_counts(labelled, monkeypatch, capsys):
    from jobs.corpus.person_labels import LabelledRowsBuilt

    seen = {}

    def build(out, malicious, into):
        seen.update(malicious)
        return LabelledRowsBuilt(into, 1, 1, ())

    monkeypatch.setattr("jobs.corpus.person_labels.build_labelled_rows", build)
    assert Exit.COMPLETE == cli.main([*labelled, "--json"])
    assert {"a" * 64: False, "b" * 64: True} == seen
    assert (1, 1) == ((built := json.loads(capsys.readouterr().out))["malicious"], built["benign"])


def test_without_labels_there_is_nothing_to_build(tmp_path, capsys):
    argv = ["corpus", "labels", "--out", str(tmp_path), "--into", str(tmp_path / "x.parquet")]
    assert Exit.MISUSE == cli.main(argv)
    assert "there are no labels; write them with `boojum label`" in capsys.readouterr().err
