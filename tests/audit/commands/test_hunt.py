"""`boojum hunt` as it is typed: what is misuse, and what needs no mirror to say so."""

import pytest

from audit import cli
from audit.exits import Exit


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name a --host"),
        (("--sha256", "zz"), "is no digest"),
        (("--name", "a", "--where", "nonsense"), "no condition"),
        (("--file", "/nowhere/at/all"), "cannot be read"),
        (("--patterns", "/nowhere/at/all.toml"), "cannot be read"),
        (("--name", "a", "--limit", "0"), "above zero"),
    ],
)
def test_what_cannot_be_hunted_for_is_misuse(words, said, store_folder, capsys):
    assert Exit.MISUSE == cli.main(["hunt", "--out", str(store_folder), *words])
    assert said in capsys.readouterr().err


def test_a_hunt_without_a_run_says_what_to_do(tmp_path, capsys):
    assert Exit.MISUSE == cli.main(["hunt", "--out", str(tmp_path), "--name", "a"])
    assert "boojum audit MIRROR" in capsys.readouterr().err


def test_what_the_store_answers_needs_no_worker(store_folder, capsys):
    assert Exit.FINDINGS == cli.main(["hunt", "--out", str(store_folder), "--name", "goats"])
    shown = capsys.readouterr()
    assert "1 places in 1 artifacts" in shown.out
    assert Exit.COMPLETE == cli.main(["hunt", "--out", str(store_folder), "--name", "nobody"])
