"""`boojum feed add`, `list` and `remove` as a person types them."""

import json

from audit import cli
from audit.exits import Exit

DIGEST = "ab" * 32


def test_a_feed_is_kept_listed_and_removed(tmp_path, capsys):
    source = tmp_path / "bad.txt"
    source.write_text(DIGEST)
    out = ["--out", str(tmp_path / "out")]
    assert Exit.COMPLETE == cli.main(["feed", "add", str(source), *out])
    assert "bad: sha256, 1 records" in capsys.readouterr().out
    assert Exit.COMPLETE == cli.main(["feed", "list", "--json", *out])
    assert ["bad"] == [feed["name"] for feed in json.loads(capsys.readouterr().out)]
    assert Exit.COMPLETE == cli.main(["feed", "remove", "bad", *out])
    assert Exit.COMPLETE == cli.main(["feed", "list", *out])
    assert "no feeds" in capsys.readouterr().out


def test_what_cannot_be_used_is_one_line_with_a_hint(tmp_path, capsys):
    names = tmp_path / "names.txt"
    names.write_text("six\n")
    for words in (["add", str(names)], ["add", str(tmp_path / "none")], ["remove", "none"]):
        assert Exit.MISUSE == cli.main(["feed", *words, "--out", str(tmp_path / "out")])
        assert 1 == capsys.readouterr().err.count("\n")
    assert Exit.MISUSE == cli.main(["feed", "add", str(names), "--day", "soon", "--out", str(tmp_path / "out")])


def test_an_advisory_is_read_from_a_text_and_from_a_file(store_folder, tmp_path, capsys):
    file = tmp_path / "advisory.txt"
    file.write_text("`sheep` 2.0 is malicious")
    for given in (str(file), "`sheep` 2.0 is malicious"):
        assert Exit.COMPLETE == cli.main(["feed", "read", given, "--json", "--out", str(store_folder)])
        answer = json.loads(capsys.readouterr().out)
        assert ["sheep-2.0.tar.gz"] == [each["filename"] for each in answer["artifacts"]]
