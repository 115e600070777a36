"""`boojum explain` as it is typed."""

import json

from audit import cli
from audit.exits import Exit


def test_an_artifact_is_explained_as_json_too(store_folder, capsys):
    assert Exit.COMPLETE == cli.main(["explain", "goats", "--out", str(store_folder), "--json"])
    (one,) = json.loads(capsys.readouterr().out)
    assert "goats-1.0.tar.gz" == one["finding"]["filename"]


def test_what_is_not_there_is_misuse_with_what_to_name(store_folder, tmp_path, capsys):
    assert Exit.MISUSE == cli.main(["explain", "nobody", "--out", str(store_folder)])
    assert "PROJECT==VERSION" in capsys.readouterr().err
    assert Exit.MISUSE == cli.main(["explain", "nobody", "--out", str(tmp_path)])
