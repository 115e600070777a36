import csv
import gzip
import io
import zipfile
from pathlib import Path

import pytest

from features.code.tokens import call_tokens
from jobs.corpus.contract import CorpusError
from jobs.corpus.known_code import ReleaseFile
from jobs.corpus.words import list_words, source_words, token_of


def write_wheel(path: Path, source: str) -> ReleaseFile:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("demo/__init__.py", source)
        archive.writestr("demo-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1\n")
    return ReleaseFile(path.stem, path.stem, path, "demo-1-py3-none-any.whl")


def test_names_and_calls_are_words_as_they_are_written() -> None:
    assert {("call:os.system", "os.system()"), ("name:.system", ".system")} < source_words("import os\nos.system (x)")


def test_a_token_is_the_one_that_the_feature_table_has() -> None:
    (token,) = call_tokens([("os.system", True)])
    assert token & ((1 << 20) - 1) == token_of("call:os.system")


def test_words_of_many_projects_are_listed_the_most_common_first(tmp_path: Path) -> None:
    files = [write_wheel(tmp_path / f"p{n}.whl", "import os\nos.getcwd()\n" + "own()\n" * (n == 0)) for n in range(3)]
    files += [
        write_wheel(tmp_path / "q.whl", "os.getcwd()\nprint(open(x))\n"),
        ReleaseFile("z", "z", tmp_path / "z", "z"),
    ]
    report = list_words(files, tmp_path / "words.csv.gz", least=3)
    assert (4, 4) == (report.artifacts, report.projects)
    rows = list(csv.DictReader(io.StringIO(gzip.decompress((tmp_path / "words.csv.gz").read_bytes()).decode())))
    assert {"os.getcwd()": "4", ".getcwd": "4", "import": "3"}.items() <= {
        r["text"]: r["projects"] for r in rows
    }.items()
    assert "own()" not in {row["text"] for row in rows}
    assert [row["projects"] for row in rows] == sorted((row["projects"] for row in rows), reverse=True)
    assert str(token_of("call:os.getcwd")) in {row["token"] for row in rows}


def test_too_few_projects_list_nothing(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no word is common enough"):
        list_words([write_wheel(tmp_path / "a.whl", "x = 1\n")], tmp_path / "words.csv.gz", least=3)
