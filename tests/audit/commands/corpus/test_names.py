"""`boojum corpus names`: the names that a mirror's projects depend on."""

import json
from pathlib import Path

import pytest

from audit import cli
from audit.exits import Exit


@pytest.mark.parametrize(
    ("flags", "expected"),
    [((), "name,dependents\nrequests,2\nnumpy,1\nreqeusts,1\n"), (("--ship", "--top", "2"), "requests\nnumpy\n")],
)
def test_the_names_that_matter_on_a_mirror_are_written(
    store_folder: Path, flags: tuple[str, ...], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = cli.main(
        ["corpus", "names", "--out", str(store_folder), "--into", str(store_folder / "names.csv"), *flags]
    )
    assert status == Exit.COMPLETE
    assert (store_folder / "names.csv").read_text(encoding="utf-8") == expected
    assert "names in" in capsys.readouterr().out


def test_names_of_no_run_are_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["corpus", "names", "--out", str(tmp_path), "--into", str(tmp_path / "names.csv")]
    assert cli.main(argv) == Exit.MISUSE
    assert "no finished run" in capsys.readouterr().err


def test_json_has_the_number_and_the_file(store_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["corpus", "names", "--out", str(store_folder), "--into", str(store_folder / "names.csv"), "--json"]
    assert cli.main(argv) == Exit.COMPLETE
    assert json.loads(capsys.readouterr().out) == {"names": 3, "file": "names.csv"}
