import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.contract import Progress
from model import registry
from model.change.rows import write_changes
from model.change.training import HELD_OUT
from model.errors import SchemaMismatchError, TrainingDataError
from model.evaluation import evaluate as module
from model.evaluation import session
from model.evaluation.contract import Evaluation, LocalisationResult
from model.evaluation.evaluate import evaluate
from model.evaluation.sections import SECTIONS
from model.evaluation.session import summarise_split
from model.rows import LabelledRows
from model.splits import Split, dev_split
from model.training import SplitFit, fit_split

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def small() -> Iterator[pytest.MonkeyPatch]:
    patch = pytest.MonkeyPatch()
    patch.setattr(session, "CUT_DATES", ("2023-07-01",))
    patch.setattr(registry, "PRESETS", tuple(replace(p, folds=2) for p in registry.PRESETS))
    for name in ("SHIPPED_SETS", "SHIPPED_CHANGES", "SHIPPED_RELEASES"):
        patch.setattr(module, name, Path("none"))
    yield patch
    patch.undo()


@pytest.fixture(scope="module")
def path(table: pa.Table, tmp_path_factory: pytest.TempPathFactory, small: pytest.MonkeyPatch) -> Path:
    file = tmp_path_factory.mktemp("evaluated") / "rows.parquet"
    late = {f"c{number}" for number in range(55, 61)}
    facts = zip(table["split"].to_pylist(), table["campaign"].to_pylist(), strict=True)
    split = pa.array(["recent" if campaign in late else split for split, campaign in facts])
    pq.write_table(table.set_column(table.column_names.index("split"), "split", split), file)
    return file


@pytest.fixture(scope="module")
def change_files(
    path: Path, table: pa.Table, changes: pa.Table, make_variants: Callable[..., pa.Table]
) -> dict[str, Path]:
    """Return labelled changes, and rows of the artifacts on their test side."""
    files = {"changes": path.with_name("changes.parquet"), "releases": path.with_name("releases.parquet")}
    write_changes(changes, files["changes"])
    tested = changes.filter(pc.equal(changes["split"], "test"))
    of = {
        label: table.filter(pc.and_(pc.equal(table["label"], label), pc.equal(table["status"], "ok")))
        for label in (0, 1)
    }
    parts = []
    for label, rows in of.items():
        digests = tested.filter(pc.equal(tested["label"], label))["sha256"]
        made = make_variants(rows.slice(0, len(digests)), stratum="releases", split="variant")
        parts.append(made.set_column(made.column_names.index("sha256"), "sha256", digests))
    pq.write_table(pa.concat_tables(parts), files["releases"])
    return files


@pytest.fixture(scope="module")
def sets(table: pa.Table, path: Path, make_variants: Callable[..., pa.Table]) -> Path:
    """Return two sets: malware of `dev` and of `train` campaigns, and a control of benign rows."""
    of = lambda mask: table.filter(pc.and_(mask, pc.equal(table["status"], "ok")))  # noqa: E731
    made = [
        make_variants(of(pc.equal(table["label"], 1)), stratum="obfuscated", split="variant"),
        make_variants(of(pc.equal(table["label"], 0)).slice(0, 30), stratum="repacked", split="variant"),
    ]
    pq.write_table(pa.concat_tables(made), path.with_name("sets.parquet"))
    return path.with_name("sets.parquet")


@pytest.fixture(scope="module")
def found(path: Path, sets: Path, change_files: dict[str, Path], quiet: Progress) -> Evaluation:
    return evaluate(path, quiet, sets=sets, changes=change_files["changes"], releases=change_files["releases"])


def test_every_section_measures_and_becomes_json(found: Evaluation) -> None:
    assert [section.name for section in found.sections] == [part.name for part in SECTIONS]
    without = {"slices", "popular", "sets", "metadata"}
    assert {r.section for r in found.results} | without == {part.name for part in SECTIONS}
    json.dumps(asdict(found), allow_nan=False)
    sliced = found.section("slices")
    assert sliced is not None
    assert {s.by for s in sliced.slices} == {"year", "payload place", "kind", "size", "stratum"}
    ours = {(r.section, r.split, r.model) for r in found.results}
    assert {("random", "random", "boojum"), ("random", "random", "samaana2024")} < ours
    assert ("time", "after 2023-07-01", "boojum") in ours
    assert ("baselines", "after 2023-07-01", "sdist under 10,000 bytes") in ours
    assert ("learners", "dev", "without linear_tokens") in ours
    assert {"random", "campaign", "after 2023-07-01", "dev", "recent", HELD_OUT} < {s.name for s in found.splits}
    baselines = found.section("baselines")
    assert baselines is not None
    assert len(baselines.curves) == 4


def test_groups_are_left_out_and_alone(found: Evaluation) -> None:
    assert [r.model for r in found.results if r.section == "groups"] == [
        "all groups",
        "without metadata",
        "metadata alone",
        "without code",
        "code alone",
        "without the code tokens",
        "the code tokens alone",
        "without the members",
        "the members alone",
    ]


def test_a_set_leaves_out_what_the_fit_has_learnt(found: Evaluation, rows: LabelledRows) -> None:
    section = found.section("sets")
    assert section is not None
    obfuscated, repacked = section.probes
    assert (obfuscated.name, obfuscated.label) == ("obfuscated", 1)
    facts = summarise_split(rows, dev_split(rows))
    assert (obfuscated.artifacts, obfuscated.groups) == (facts.test_malicious, facts.test_campaigns)
    assert obfuscated.left_out == facts.learnt_malicious
    # Copies of the test malware are found as the test malware is.
    time = next(r for r in found.results if r.section == "time" and r.split == "dev")
    assert [r.point for r in obfuscated.reached] == [*(f.verdict.value for f in time.fixed), "0.1 % of the test set"]
    assert [r.share for r in obfuscated.reached[:-1]] == [f.artifacts for f in time.fixed]
    assert obfuscated.reached[-1].share == time.recalls[1].artifacts.value
    assert obfuscated.alarms == ()
    assert (repacked.name, repacked.label, repacked.artifacts, repacked.left_out) == ("repacked", 0, 30, 0)


def test_false_alarms_are_counted_by_stratum_with_the_popular_first(found: Evaluation) -> None:
    section = found.section("popular")
    assert section is not None
    assert [p.name for p in section.probes] == ["popular", "popular, validation half", "fresh", "random"]
    time = next(r for r in found.results if r.section == "time" and r.split == "dev")
    for position, fixed in enumerate(time.fixed):
        hits = [p.reached[position].hits for p in section.probes if "validation" not in p.name]
        assert sum(hits) == fixed.alarms
    for probe in section.probes:
        assert len(probe.alarms) == min(20, probe.reached[1].hits)


def test_the_change_score_is_told_by_family_host_and_base(found: Evaluation) -> None:
    section = found.section("changes")
    assert section is not None
    assert {"family", "dress", "trigger", "donor", "stratum", "host size", "kind", "base kind"} == {
        probe.by for probe in section.probes
    }
    families = [probe for probe in section.probes if probe.by == "family"]
    assert {"family9", "family10", "family11"} == {probe.name for probe in families}
    points = ["malicious", "suspicious", "review", "1 % of the test set", "0.1 % of the test set"]
    assert points == [hits.point for hits in families[0].reached]
    assert {0, 1} == {probe.label for probe in section.probes if probe.by == "base kind"}
    assert section.results[0].campaigns == 3
    assert section.splits[0].test_campaigns == 3


def test_both_scores_stand_beside_one_another(found: Evaluation) -> None:
    section = found.section("both")
    assert section is not None
    assert ["artifact", "change", "the graver"] == [result.model for result in section.results]
    assert 1 == len({(result.malicious, result.benign) for result in section.results})
    parts = found.section("change_parts")
    assert parts is not None
    assert {"change_members alone", "without floors"} < {result.model for result in parts.results}


def test_each_half_of_what_is_recent_is_tested_with_and_without_the_other(found: Evaluation) -> None:
    section = found.section("recent")
    assert section is not None
    assert [f"recent half {half}, {learnt} the other half" for half in (1, 2) for learnt in ("without", "with")] == [
        result.split for result in section.results
    ]
    by_half = [(split.learnt_campaigns, split.test_campaigns) for split in section.splits]
    assert by_half[1][0] > by_half[0][0]
    assert by_half[1][1] == by_half[0][1]


def test_exchanged_metadata_is_scored_beside_what_was_uploaded(found: Evaluation) -> None:
    section = found.section("metadata")
    assert section is not None
    assert ["as uploaded", "metadata exchanged"] == [probe.name for probe in section.probes]
    assert {"recent"} == {probe.by for probe in section.probes}


def test_sections_that_lack_their_rows_are_named(path: Path, change_files: dict[str, Path], quiet: Progress) -> None:
    with pytest.raises(TrainingDataError, match="the section changes needs labelled changes"):
        evaluate(path, quiet, ("changes",))
    with pytest.raises(TrainingDataError, match="the section both needs the rows of the releases"):
        evaluate(path, quiet, ("both",), changes=change_files["changes"])


def test_sections_can_be_chosen(path: Path, quiet: Progress) -> None:
    found = evaluate(path, quiet, ("campaign",))
    assert [section.name for section in found.sections] == ["campaign"]
    assert {result.section for result in found.results} == {"campaign"}
    assert len(found.sections[0].curves) == 1


def test_an_interrupted_evaluation_continues(path: Path, quiet: Progress, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Evaluation] = []

    def keep(sofar: Evaluation) -> None:
        kept.append(sofar)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(path, quiet, ("campaign", "random"), checkpoint=keep)
    assert [section.name for section in kept[0].sections] == ["campaign"]
    fitted: list[str] = []

    def fit(rows: LabelledRows, split: Split, *rest: Any) -> SplitFit:
        fitted.append(split.name)
        return fit_split(rows, split, *rest)

    monkeypatch.setattr(session, "fit_split", fit)
    both = evaluate(path, quiet, ("campaign", "random"), previous=kept[0])
    assert set(fitted) == {"random"}
    assert [section.name for section in both.sections] == ["campaign", "random"]
    assert both.section("campaign") == kept[0].sections[0]


def test_a_section_of_other_inputs_is_not_kept(path: Path, quiet: Progress) -> None:
    before = evaluate(path, quiet, ("campaign",))
    assert evaluate(path, quiet, (), previous=before).sections == before.sections
    assert evaluate(path, quiet, (), previous=before, seed=1).sections == ()


def test_an_unknown_section_is_named(path: Path, quiet: Progress) -> None:
    with pytest.raises(TrainingDataError, match="no section snark; known: time, popular, sets"):
        evaluate(path, quiet, ("snark",))


def test_the_section_of_sets_needs_rows_of_blind_spots(path: Path, quiet: Progress) -> None:
    with pytest.raises(TrainingDataError, match="name them with --sets"):
        evaluate(path, quiet, ("sets",))
    with pytest.raises(TrainingDataError, match="has no rows of the split 'variant'"):
        evaluate(path, quiet, ("sets",), sets=path)


def test_sets_of_another_schema_are_refused(
    path: Path, sets: Path, quiet: Progress, tmp_path: Path, schema_of: Callable[..., pa.Schema]
) -> None:
    other = schema_of({"metadata": "x", "code": "y"}).metadata
    pq.write_table(pq.read_table(sets).replace_schema_metadata(other), tmp_path / "sets.parquet")
    with pytest.raises(SchemaMismatchError):
        evaluate(path, quiet, ("sets",), sets=tmp_path / "sets.parquet")


def test_shipped_sets_of_another_schema_are_not_used(
    path: Path,
    sets: Path,
    quiet: Progress,
    tmp_path: Path,
    schema_of: Callable[..., pa.Schema],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "SHIPPED_SETS", sets)
    assert [s.name for s in evaluate(path, quiet, ("sets",)).sections] == ["sets"]
    other = schema_of({"metadata": "x", "code": "y"}).metadata
    pq.write_table(pq.read_table(path).replace_schema_metadata(other), tmp_path / "rows.parquet")
    with pytest.raises(TrainingDataError, match="name them with --sets"):
        evaluate(tmp_path / "rows.parquet", quiet, ("sets",))


def test_localisation_of_this_schema_is_carried_over(path: Path, quiet: Progress) -> None:
    known = (LocalisationResult("held_out", 50, 0.8, 0.9),)
    before = replace(evaluate(path, quiet, ()), localisation=known)
    assert evaluate(path, quiet, (), previous=before).localisation == known
    assert evaluate(path, quiet, (), previous=replace(before, fingerprint="x")).localisation == ()
