import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # spawned processes are given it too

from bench_doubles import Broken, Doubling, Sleeping

from jobs.bench.contract import MeasuringEndedError
from jobs.bench.process import open_process, peak_memory, peak_of


def test_a_process_answers_reports_progress_and_is_watched():
    said: list[tuple[int, int, str]] = []
    seen: list[int] = []
    with open_process("doubling", Doubling()) as process:
        assert 8 == process.send(4, lambda *words: said.append(words), seen.append)
        assert 2 == process.send(1)
        assert process.start_up > 0
        assert [process.pid] == seen
    assert [(4, 10, "doubling")] == said


def test_an_error_of_the_work_is_raised_here():
    with pytest.raises(ValueError, match="nothing to double"), open_process("doubling", Doubling()) as process:
        process.send(0)


def test_a_process_that_ends_is_named():
    with (
        pytest.raises(MeasuringEndedError, match=r"the process that measured doubling ended .* \(status 7\)") as caught,
        open_process("doubling", Doubling()) as process,
    ):
        process.send(-1)
    assert 7 == caught.value.status


def test_an_error_of_the_preparation_is_raised_here():
    with pytest.raises(LookupError, match="no model"), open_process("breaking", Broken()):
        pass


def test_an_interrupt_lets_the_process_tidy_up(tmp_path):
    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), open_process("sleeping", Sleeping(tmp_path / "note")) as process:
        process.send(None, interrupt)
    assert "tidied" == (tmp_path / "note").read_text()


def test_memory_is_in_bytes():
    assert 2**20 < peak_memory() < 2**40
    assert 0 == peak_of(2**30)
