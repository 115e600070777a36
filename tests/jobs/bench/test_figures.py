import pyarrow as pa
import pytest

from features.contract import Artifact
from jobs.bench import figures
from jobs.bench.auditing import EXTRACTION, AuditMeasurement
from jobs.bench.contract import Spread
from jobs.bench.extracting import MergeMeasurement, UnitMeasurement
from jobs.bench.figures import Repeat, Work
from jobs.bench.floor import FloorMeasurement
from jobs.bench.scoring import ScoreMeasurement
from jobs.run.merging import UnitFile
from jobs.run.units import make_unit

SAMPLE = pa.table({"path": ["a", "b"], "filename": ["a.tar.gz", "b-any.whl"], "kind": ["sdist", "wheel"]})
UNITS = [make_unit((Artifact("a", "a.tar.gz", 3_000_000), Artifact("b", "b-any.whl", 1_000_000)))]


def repeat(floor, extraction, scoring):
    stages = (("open", extraction / 4), ("code", extraction / 2), ("write", extraction / 8))
    units = extraction * 7 / 8
    return Repeat(
        [FloorMeasurement((floor / 2, floor / 2), 10, (False, False), 100)],
        [
            UnitMeasurement(
                units,
                (extraction / 2, extraction / 4),
                UnitFile("", "unit", 2),
                stages,
                (("code", "syntax", 0.5),),
                200,
            )
        ],
        MergeMeasurement(extraction / 8, ("part",), 150),
        ScoreMeasurement(0.0, scoring, 2, 300),
        {Work.FLOOR: 0.1, Work.EXTRACTION: 2.0, Work.SCORING: 4.0},
    )


REPEATS = [repeat(1.0, 2.0, 0.5), repeat(2.0, 6.0, 1.0)]


def test_ratios_are_of_each_repeat():
    cost = figures.cost(Work.EXTRACTION, REPEATS, 2, 4_000_000)
    assert Spread(4.0, 2.0, 6.0) == cost.seconds
    assert Spread(2.5, 2.0, 3.0) == cost.ratio
    assert Spread(2.0, 2.0, 2.0) == cost.start_up
    assert (0.5, 1.0, 200) == (cost.artifacts_a_second, cost.megabytes_a_second, cost.peak)
    assert Spread(0.5, 0.5, 0.5) == figures.cost(Work.SCORING, REPEATS, 2, 1).ratio
    assert Spread(1.0, 1.0, 1.0) == figures.cost(Work.FLOOR, REPEATS, 2, 1).ratio


def test_shares_of_stages_and_functions_are_of_the_same_whole():
    stages, inner = figures.extraction_stages(REPEATS)
    assert {"open": 0.25, "code": 0.5, "write": 0.25} == {share.name: share.share for share in stages}
    assert 1.0 == pytest.approx(sum(share.share for share in stages))
    assert 4.0 == pytest.approx(sum(share.seconds for share in stages))
    assert [("code", "syntax", 0.25)] == [(one.of, one.name, one.share) for one in inner]


def test_kinds_have_their_own_ratio_and_the_costliest_comes_first():
    kinds = list(figures.kind_costs(SAMPLE, UNITS, REPEATS))
    assert [("sdist", 3_000_000, 0.75, 2.0), ("wheel", 1_000_000, 0.75, 1.0)] == [
        (kind.kind, kind.bytes, kind.floor, kind.extraction) for kind in kinds
    ]
    assert 2.0 / 0.75 == kinds[0].ratio


def test_an_audit_has_a_ratio_with_and_without_its_start_up():
    audited = AuditMeasurement(10, (("start", 2.0, 3.0), (EXTRACTION, 6.0, 5.0), ("reports", 2.0, 1.0)), 4.0, 7)
    cost = figures.audit_cost(2, audited, 9, 5.0, 20_000_000, 12.0)
    assert (10.0, 4.0, 2.0, 1.2) == (cost.seconds, cost.start_up, cost.ratio, cost.ratio_running)
    assert (12.0, 5.0, 1.0, 2.0) == (cost.wall, cost.reading_wall, cost.artifacts_a_second, cost.megabytes_a_second)
    assert (9, 7) == (cost.peak_worker, cost.peak_driver)
    assert 1.0 == pytest.approx(sum(share.share for share in cost.stages))


def test_a_speedup_is_by_the_clock():
    one, two = (
        figures.audit_cost(workers, AuditMeasurement(1, ((EXTRACTION, 4.0, wall),), 0.0, 1), 1, 1.0, 1, wall + 1)
        for workers, wall in ((1, 9.0), (2, 4.0))
    )
    (gain,) = figures.speedups((one, two))
    assert (1, 2, 2.25, 2.0) == (gain.start, gain.to, gain.reading, gain.whole)
    assert () == figures.speedups(())


def test_seconds_that_the_clock_did_not_see_divide_by_no_zero():
    assert () == figures.stage_shares({})
    assert 0.0 == figures.stage_shares({"a": 0.0})[0].share
    assert figures.cost(Work.EXTRACTION, [repeat(0.0, 1.0, 0.0)], 1, 1).ratio.mean > 0
