"""`boojum bench`: its arguments and its errors."""

import pytest

from audit import cli
from audit.commands.bench import parse_worker_counts
from audit.errors import UsageError
from audit.exits import Exit


@pytest.mark.parametrize("text", ["", "0", "1,0", "one", "1,,2", "2,2", "-1"])
def test_numbers_of_workers_that_make_no_sense(text):
    with pytest.raises(UsageError, match="--worker-counts"):
        parse_worker_counts(text)


def test_numbers_of_workers():
    assert (1, 2, 8) == parse_worker_counts("1, 2,8")


@pytest.mark.parametrize(
    ("words", "argv"),
    [
        ("bench needs MIRROR", ["bench"]),
        ("does not exist; check the path", ["bench", "no/such/place"]),
        ("--worker-counts is 'x'; write different numbers", ["bench", "m", "--worker-counts", "x"]),
    ],
)
def test_errors_are_one_line(words, argv, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Exit.MISUSE == cli.main(argv)
    output = capsys.readouterr()
    assert "" == output.out
    assert 1 == output.err.count("\n")
    assert words in output.err
    assert [] == list(tmp_path.iterdir())


def test_the_flags_reach_the_benchmark(monkeypatch, tmp_path, capsys):
    calls = []

    def bench_mirror(settings, sample, repeat, worker_counts, progress):
        calls.append((settings.mirror, sample, repeat, worker_counts))
        return {"sample": sample}

    monkeypatch.setattr("audit.benchmark.bench_mirror", bench_mirror)
    flags = ["--sample", "7", "--repeat", "1", "--worker-counts", "3", "--quiet", "--json"]
    assert Exit.COMPLETE == cli.main(["bench", str(tmp_path), *flags])
    assert [(str(tmp_path), 7, 1, (3,))] == calls
    assert '{\n "sample": 7\n}\n' == capsys.readouterr().out
