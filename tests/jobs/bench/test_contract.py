from pathlib import Path

from jobs.bench.contract import MeasuringEndedError, NothingToMeasureError


def test_an_ended_process_is_named_with_its_status_if_it_is_known():
    assert "the process that measured scoring ended unexpectedly (status -9)" == str(MeasuringEndedError("scoring", -9))
    assert "the process that measured scoring ended unexpectedly" == str(MeasuringEndedError("scoring", None))


def test_a_mirror_without_anything_to_measure_is_named_with_the_reason():
    error = NothingToMeasureError(Path("/mirror"), "no distribution file was found")
    assert "/mirror: no distribution file was found" == str(error)
    assert error.hint
