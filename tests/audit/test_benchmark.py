"""`boojum bench`: its words, its numbers on the demo mirror, and what cannot be meant."""

import json
from dataclasses import fields

import pytest

from audit.benchmark import bench_mirror, render_benchmark
from audit.config import Settings
from audit.errors import UsageError
from audit.serialization import from_plain, render_json
from features.registry import GROUPS
from jobs.bench.contract import Benchmark
from jobs.demo import write_demo_mirror


def silent(*_):
    pass


@pytest.mark.parametrize(("sample", "repeat"), [(-1, 1), (1, 0)])
def test_numbers_out_of_range_are_misuse(sample, repeat):
    with pytest.raises(UsageError, match="too small"):
        bench_mirror(Settings(mirror="m"), sample, repeat, (1,), silent)


@pytest.mark.slow
def test_a_bench_of_the_demo_mirror_adds_up_and_survives_json(tmp_path):
    write_demo_mirror(tmp_path / "mirror", silent)
    stages = []
    bench = bench_mirror(
        Settings(mirror=str(tmp_path / "mirror")), 8, 1, (1,), lambda done, total, stage: stages.append(stage)
    )
    assert bench == from_plain(Benchmark, json.loads(render_json(bench)))
    assert 8 == bench.sample.artifacts
    assert bench.sample.on_disk > 8
    assert bench.sample.inflated > bench.sample.bytes > 0
    assert {"open", "merge", "write", *(group.name for group in GROUPS)} == {share.name for share in bench.stages}
    assert 1.0 == pytest.approx(sum(share.share for share in bench.stages))
    assert bench.extraction.seconds.mean == pytest.approx(sum(share.seconds for share in bench.stages))
    for stage in bench.stages:
        assert sum(inner.share for inner in bench.inner if inner.of == stage.name) <= stage.share + 1e-9
    for cost in (bench.floor, bench.extraction, bench.scoring):
        assert min(cost.ratio.low, cost.start_up.low, cost.artifacts_a_second, cost.megabytes_a_second) > 0
        assert cost.peak > 2**20
    assert 8 == sum(kind.artifacts for kind in bench.kinds)
    assert bench.sample.bytes == sum(kind.bytes for kind in bench.kinds)
    (audit,) = bench.audits
    assert (1, 8) == (audit.workers, audit.artifacts)
    assert 1.0 == pytest.approx(sum(share.share for share in audit.stages))
    assert ["start", "walk", "extraction", "write", "scoring", "campaigns", "changes", "joining scores", "reports"] == [
        s.name for s in audit.stages
    ]
    assert 0 < audit.ratio_running < audit.ratio
    assert audit.seconds > audit.start_up > 0
    assert min(audit.peak_worker, audit.peak_driver) > 2**20
    assert () == bench.gains
    assert "auditing with 1 worker: writing reports" in stages

    text = render_benchmark(bench)
    assert str(tmp_path) in text
    for name in ("extraction", "scoring", "audit, 1 worker", "syntax pass", "walk of the whole mirror"):
        assert name in text
    assert {field.name for field in fields(Benchmark)} == set(json.loads(render_json(bench)))
