"""Tests the whole nightly job with the shipped model on the demonstration mirror."""

import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from audit import cli
from audit.blocklists.canonical import BLOCKLIST
from audit.config import BlocklistSettings, ReportSettings, Settings
from audit.exits import Exit
from audit.news.backlog import READING
from audit.nightly import audit_mirror
from audit.query import run_query
from audit.query_output import render_table

pytestmark = pytest.mark.slow

PROMISED = (
    "project",
    "version",
    "filename",
    "kind",
    "path",
    "sha256",
    "blake2b_256",
    "size",
    "status",
    "reason",
    "score",
    "verdict",
    "spoke",
    "artifact_score",
    "artifact_verdict",
    "change_score",
    "change_verdict",
    "base_kind",
    "base_filename",
    "campaign",
    "campaign_score",
    "seen",
    "listed",
    "yanked",
    "project_status",
    "unlisted_since",
    "first_seen",
    "verified",
)


def silent(done: int, total: int, stage: str) -> None:
    pass


def counts_of(night):
    return night[1].document.counts


def test_every_promised_file_exists(night):
    folder = night[1].folder
    assert {
        "manifest.json",
        "findings.json",
        "scores.parquet",
        "campaigns.parquet",
        "report.html",
        "report.md",
        "files.parquet",
        "sidecars.parquet",
        "findings.csv",
        "boojum.prom",
        READING,
        BLOCKLIST,
    } == {path.name for path in folder.iterdir()}
    assert folder == (Path(night[0].out) / "runs" / "latest").resolve()


def test_every_artifact_on_disk_is_a_row(demo, night):
    on_disk = {
        str(path.relative_to(demo[0] / "web"))
        for path in (demo[0] / "web" / "packages").rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    table = pq.read_table(night[1].folder / "scores.parquet")
    assert list(PROMISED) == table.column_names
    assert on_disk == set(table["path"].to_pylist())
    assert len(on_disk) == table.num_rows


def test_rows_are_sorted_by_score_and_what_has_none_comes_last(night):
    scores = pq.read_table(night[1].folder / "scores.parquet")["score"].to_pylist()
    known = [score for score in scores if score is not None]
    assert sorted(known, reverse=True) == known
    assert [None] * (len(scores) - len(known)) == scores[len(known) :]


def test_the_cut_archive_is_a_row_with_a_reason_and_stands_in_the_report(demo, night):
    unreadable = {item.filename: item.reason for item in night[1].document.unexamined if item.status == "unreadable"}
    assert demo[1].unreadable.rsplit("/", 1)[-1] in unreadable
    assert all(unreadable.values())
    page = (night[1].folder / "report.html").read_text()
    assert all(name in page for name in unreadable)


@pytest.fixture
def next_night(night, tmp_path, capsys):
    """Return a function that audits the mirror again, as on the night after; it returns status and output."""
    config = tmp_path / "boojum.toml"
    config.write_text("[report]\nnight_hours = 0\n")

    def audited(*flags):
        argv = ["audit", night[0].mirror, "--out", night[0].out, "--config", str(config), *flags]
        return cli.main(argv), capsys.readouterr().out

    return audited


def test_a_second_night_opens_nothing_and_finds_the_same(night, next_night):
    settings, first = night
    status, output = next_night("--since", first.document.run)
    assert Exit.MISUSE != status
    assert "no artifact was opened" in output
    again = json.loads((Path(settings.out) / "runs" / "latest" / "findings.json").read_text())
    assert 0 == again["counts"]["read"]
    assert first.document.run == again["previous_run"]
    assert [f.sha256 for f in first.document.findings] == [f["sha256"] for f in again["findings"]]
    assert {"same"} == {f["change"] for f in again["findings"]}


def test_a_night_without_news_is_silent_and_no_alarm_unless_it_is_asked_for(next_night):
    assert (Exit.FINDINGS, "") == next_night("--quiet", "--fail-on-unread", "never")
    assert (Exit.COMPLETE, "") == next_night("--quiet", "--fail-on-unread", "never", "--fail-on-new")


def test_a_second_run_in_the_same_night_swallows_no_news(night, capsys):
    settings, first = night
    argv = ["audit", settings.mirror, "--out", settings.out, "--quiet", "--fail-on-new", "--fail-on-unread", "never"]
    assert Exit.FINDINGS == cli.main(argv)
    assert f"{len(first.document.findings)} new (first run)" in capsys.readouterr().out


def test_what_is_over_the_budget_is_read_on_the_nights_after(demo, tmp_path):
    settings = Settings(mirror=str(demo[0]), out=str(tmp_path / "out"), report=ReportSettings(budget=5, night_hours=0))
    nights = [audit_mirror(settings, silent).document for _ in range(3)]
    read = [[reading.path for reading in document.reading] for document in nights]
    assert [5, 0] == [len(read[0]), len(read[2])]
    assert len(read[1]) == nights[0].backlog > 0
    assert not set(read[0]) & set(read[1])


def test_new_files_alone_are_read(demo, night, tmp_path):
    settings = night[0]
    grown, out = tmp_path / "mirror", tmp_path / "out"
    shutil.copytree(demo[0], grown, symlinks=True)
    shutil.copytree(settings.out, out, symlinks=True)
    plain = grown / "web" / "packages" / "new"
    plain.mkdir()
    source = next((demo[0] / "web" / "packages").rglob("*.tar.gz"))
    for number in range(3):
        shutil.copy(source, plain / f"fresh{number}-1.0.tar.gz")
    counts = audit_mirror(replace(settings, mirror=str(grown), out=str(out)), silent).document.counts
    assert (3, 3) == (counts["new"], counts["read"])
    assert counts_of(night)["on_disk"] + 3 == counts["on_disk"]


def test_a_mirror_without_files_is_no_error(tmp_path):
    (tmp_path / "mirror" / "web" / "packages").mkdir(parents=True)
    (tmp_path / "mirror" / "web" / "simple").mkdir()
    done = audit_mirror(Settings(mirror=str(tmp_path / "mirror"), out=str(tmp_path / "out")), silent)
    assert 0 == done.document.counts["on_disk"]
    assert Exit.COMPLETE == done.outcome.status
    assert () == run_query(tmp_path / "out", "SELECT * FROM findings").rows


def test_a_disk_that_fills_up_while_reports_are_written_leaves_no_half_run(demo, tmp_path, monkeypatch):
    def full(*_: object, **_options: object) -> None:
        raise OSError(28, "No space left on device", "report.html")

    monkeypatch.setattr("audit.nightly.write_atomically", full)
    assert Exit.INCOMPLETE == cli.main(["audit", str(demo[0]), "--out", str(tmp_path / "out"), "--quiet"])
    assert not list((tmp_path / "out" / "runs").iterdir())
    monkeypatch.undo()
    settings = Settings(mirror=str(demo[0]), out=str(tmp_path / "out"))
    assert 0 == audit_mirror(settings, silent).document.counts["read"]


def test_a_touched_file_of_a_plain_folder_is_one_finding(demo, tmp_path):
    folder = tmp_path / "plain"
    folder.mkdir()
    source = next((demo[0] / "web" / "packages").rglob("reqeusts-*.tar.gz"))
    touched = Path(shutil.copy(source, folder))
    settings = Settings(mirror=str(folder), out=str(tmp_path / "out"), workers=1)
    for moment, read in ((1_500_000_000, 1), (1_600_000_000, 0)):
        os.utime(touched, (moment, moment))
        document = audit_mirror(settings, silent).document
        assert read == document.counts["read"]
        assert () == document.faults
    assert [touched.name] == [finding.filename for finding in document.findings]
    assert ((1,),) == run_query(tmp_path / "out", "SELECT count(*) FROM findings").rows


def test_a_wrong_index_is_reported_before_the_nights_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "boojum.toml").write_text('known_code = "absent.parquet"\n', encoding="utf-8")
    argv = ["audit", str(tmp_path), "--out", str(tmp_path / "out"), "--config", str(tmp_path / "boojum.toml")]
    assert cli.main(argv) == Exit.MISUSE
    assert "is no index of known code" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_blocked_file_that_left_the_mirror_stays_blocked_and_a_broken_record_stops_the_night(
    demo, night, tmp_path, capsys
):
    mirror, out = tmp_path / "mirror", tmp_path / "out"
    shutil.copytree(demo[0], mirror, symlinks=True)
    shutil.copytree(night[0].out, out, symlinks=True)
    settings = replace(night[0], mirror=str(mirror), out=str(out))
    for file in (mirror / "web" / "packages").rglob("reqeusts-*.tar.gz"):
        file.unlink()
    done = audit_mirror(settings, silent)
    assert (night[1].blocked, 1) == (done.blocked, done.gone)
    (done.folder / BLOCKLIST).write_text("{")
    before = sorted((out / "runs").iterdir())
    assert Exit.MISUSE == cli.main(["audit", str(mirror), "--out", str(out), "--quiet"])
    assert "restore it from an earlier run: cp " in capsys.readouterr().err
    assert before == sorted((out / "runs").iterdir())


def test_a_protected_project_is_withheld_and_the_rest_is_written(demo, night, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(Path(night[0].out) / "store", out / "store")
    protected = BlocklistSettings(protected=("Reqeusts",))
    settings = replace(night[0], out=str(out), blocklist=protected, fail_on_unread="never")
    done = audit_mirror(settings, silent)
    assert {("reqeusts", "protected")} == {(case.project, case.why) for case in done.document.withheld}
    assert night[1].blocked == done.blocked + len(done.document.withheld)
    assert Exit.WITHHELD == done.outcome.status


CONSOLE = re.compile(r"^```console\n\$ boojum query \"([^\"]*)\"\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_questions_of_the_docs_have_the_answers_that_they_print(night):
    page = (Path(__file__).parents[2] / "docs" / "sql.md").read_text(encoding="utf-8")
    questions = CONSOLE.findall(page)
    assert 8 <= len(questions)
    for statement, answer in questions:
        assert answer == render_table(run_query(Path(night[0].out), statement)) + "\n", statement
