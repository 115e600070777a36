from datetime import UTC, datetime

import pytest
from packaging.utils import canonicalize_name

from jobs.corpus.contract import CorpusError, ListedFile, MissingFile
from jobs.corpus.listing import read_csv, read_list, write_csv, write_list, write_missing

FULL = ListedFile(
    project=canonicalize_name("six"),
    version="1.0",
    filename="six-1.0.tar.gz",
    sha256="ab" * 32,
    blake2b_256="cd" * 32,
    size=5,
    upload_time=datetime(2021, 5, 4, 3, 2, 1, tzinfo=UTC),
    stratum="random",
    split="train",
    kind="sdist",
)
BARE = ListedFile(project=canonicalize_name("odd-name"), version='1,0"', filename="odd 'name'.zip", sha256="00" * 32)


def test_a_written_list_is_read_back_in_order(tmp_path):
    write_list(tmp_path / "list.csv", [FULL, BARE])
    assert read_list(tmp_path / "list.csv") == [FULL, BARE]


def test_four_columns_are_enough_and_names_are_normalised(tmp_path):
    (tmp_path / "list.csv").write_text("sha256,filename,version,project,note\nABCD,x-1.zip,1,Some.Name,hello\n")
    assert read_list(tmp_path / "list.csv") == [ListedFile(canonicalize_name("some-name"), "1", "x-1.zip", "abcd")]


def test_a_time_without_a_zone_is_utc(tmp_path):
    (tmp_path / "list.csv").write_text("project,version,filename,sha256,upload_time\na,1,f,00,2021-05-04T03:02:01\n")
    assert [f.upload_time for f in read_list(tmp_path / "list.csv")] == [FULL.upload_time]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"project,version\n", "has no column filename, sha256"),
        (b"project,version,filename,sha256,size\na,1,f,00,big\n", "cannot be read"),
        (b"project,version,filename,sha256\na\n", "a row has no project, filename or sha256"),
        (b"\xff", "cannot be read"),
    ],
)
def test_a_malformed_list_is_an_error(tmp_path, content, says):
    (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(CorpusError, match=says):
        read_list(tmp_path / "list.csv")


def test_missing_files_are_a_table_even_when_a_name_is_broken(tmp_path):
    write_missing(tmp_path / "missing.csv", [MissingFile("a", "1", "\udc80.zip", "00", "gone, it says")])
    assert (tmp_path / "missing.csv").read_text() == (
        'project,version,filename,sha256,reason\na,1,?.zip,00,"gone, it says"\n'
    )


def test_a_compressed_list_is_read_back(tmp_path):
    write_list(tmp_path / "list.csv.gz", [FULL])
    assert [FULL] == read_list(tmp_path / "list.csv.gz")


def test_a_compressed_table_is_the_same_bytes_every_time(tmp_path):
    for name in ("a.csv.gz", "b.csv.gz"):
        write_csv(tmp_path / name, ["a"], [[1], ["x,y"]])
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()


def test_a_broken_compressed_list_is_an_error(tmp_path):
    write_list(tmp_path / "list.csv.gz", [FULL] * 50)
    (tmp_path / "list.csv.gz").write_bytes((tmp_path / "list.csv.gz").read_bytes()[:-9])
    with pytest.raises(CorpusError, match="cannot be read"):
        read_list(tmp_path / "list.csv.gz")


def test_an_absent_value_is_empty(tmp_path):
    (tmp_path / "list.csv").write_text("a,b\n1\n2,3\n")
    assert [{"a": "1", "b": ""}, {"a": "2", "b": "3"}] == list(read_csv(tmp_path / "list.csv", ["b"]))


def test_an_absent_column_or_file_is_an_error_with_a_hint(tmp_path):
    (tmp_path / "list.csv").write_text("a\n")
    with pytest.raises(CorpusError, match="has no column b, c") as caught:
        list(read_csv(tmp_path / "list.csv", ["a", "b", "c"], "reviews"))
    assert "give a list of reviews" == caught.value.hint
    with pytest.raises(CorpusError, match="cannot be read as a list"):
        list(read_csv(tmp_path / "nowhere.csv", []))
