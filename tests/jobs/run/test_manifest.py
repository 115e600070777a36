import json
from dataclasses import replace
from pathlib import Path

import pytest
from manifest_builder import MANIFEST

from features.limits import Limits
from jobs.run.manifest import FILENAME, ManifestError, MirrorRecord, RunCounts, parse_manifest, read_manifest


def changed(**members: object) -> str:
    return json.dumps({**json.loads(MANIFEST.to_json()), **members})


def test_a_manifest_is_the_same_after_writing_and_reading(tmp_path):
    (tmp_path / FILENAME).write_text(MANIFEST.to_json(), encoding="utf-8")
    assert MANIFEST == read_manifest(tmp_path)


def test_what_is_unknown_of_a_mirror_stays_unknown():
    bare = replace(MANIFEST, mirror=MirrorRecord("m", "m", "folder"))
    assert bare == parse_manifest(bare.to_json())
    document = json.loads(bare.to_json())["mirror"]
    assert (None, None, None, []) == (
        document["serial"], document["last_modified"], document["todo"], document["notes"]
    )  # fmt: skip


def test_the_keys_of_the_file_are_those_that_users_were_promised():
    document = json.loads(MANIFEST.to_json())
    assert [
        "format", "run", "boojum_version", "started", "finished", "complete", "mirror", "walk", "counts", "verdicts",
        "dropped_parts", "fingerprint", "groups", "model", "limits", "config", "python", "libraries",
        "faults", "unconfined",
    ] == list(document)  # fmt: skip
    assert ["given", "root", "layout", "serial", "last_modified", "todo", "notes"] == list(document["mirror"])
    assert ["counts", "findings"] == list(document["walk"])
    assert [
        "on_disk", "known", "new", "resumed", "read", "unread", "gone", "failed", "died", "internal_errors", "units",
        "failed_units", "dropped_parts", "bytes_on_disk", "bytes_read", "scored", "compared",
        "changes_scored", "flagged", "ok", "partial", "unreadable",
        "standing", "verified", "replaced",
    ] == list(document["counts"])  # fmt: skip
    assert ["id", "fingerprint", "preset", "points", "limits"] == list(document["model"])
    assert (1, "2026-11-22T05:38:41+00:00") == (document["format"], document["started"])
    assert {"left": 3, "target": 9} == document["mirror"]["todo"]
    assert [["part-a.parquet", "it was damaged and was moved aside"]] == document["dropped_parts"]
    assert "review" == document["model"]["points"][0]["verdict"]


def test_times_are_written_to_the_second_and_values_of_other_types_as_text():
    odd = replace(MANIFEST, started=MANIFEST.started.replace(microsecond=5), config={"out": Path("out")})
    assert replace(MANIFEST, config={"out": "out"}) == parse_manifest(odd.to_json())


def test_a_manifest_of_another_format_is_an_error_that_names_both(tmp_path):
    (tmp_path / FILENAME).write_text(changed(format=2), encoding="utf-8")
    with pytest.raises(ManifestError, match="has the format 2, and this boojum reads format 1") as caught:
        read_manifest(tmp_path)
    assert tmp_path / FILENAME == caught.value.path
    assert "boojum audit" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\xff",
        "[]",
        "{}",
        changed(mirror=None),
        changed(started="yesterday"),
        changed(dropped_parts=[["one"]]),
        changed(model={"id": "m", "fingerprint": "", "preset": "", "limits": [], "points": [{"verdict": "awful"}]}),
        changed(counts=[]),
    ],
)
def test_a_malformed_manifest_is_an_error_with_the_path(tmp_path, text):
    (tmp_path / FILENAME).write_bytes(text.encode("latin-1"))
    with pytest.raises(ManifestError, match="cannot be read as a manifest"):
        read_manifest(tmp_path)


def test_a_folder_without_a_manifest_is_no_run(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_manifest(tmp_path)


def test_counts_and_limits_of_another_version_are_read_too():
    older = {"on_disk": 3, "renamed_since": 4}
    manifest = parse_manifest(changed(counts=older, limits={"no_more": 1}))
    assert RunCounts(on_disk=3) == manifest.counts
    assert {"no_more": 1} == manifest.limits
    assert "no_more" not in Limits.__dataclass_fields__
