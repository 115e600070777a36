import csv

import pytest

from jobs.corpus.wheel_record import record_line


def test_a_line_has_the_path_the_digest_and_the_size():
    expected = "a/b.py,sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0,3"
    assert expected == record_line("a/b.py", b"abc")


@pytest.mark.parametrize("path", ["a,b.py", 'a"b.py', "a b.py", "ä.py"])
def test_a_reader_of_csv_reads_the_path_back(path):
    [row] = csv.reader([record_line(path, b"")])
    assert [path, "0"] == [row[0], row[2]]
