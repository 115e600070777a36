"""Tests the export of a finished run: the record as it stands, under the decisions of today."""

import json
from pathlib import Path

import pytest

from audit.blocklists.canonical import BLOCKLIST, render_blocklist
from audit.blocklists.record import RecordError, parse_record
from audit.config import ConfigError, Settings
from audit.export import export_run
from audit.runs import NoSuchRunError


def exported(folder):
    return parse_record((folder / BLOCKLIST).read_bytes())


def test_the_export_is_the_record_and_not_the_findings_of_that_night(publish, document, finding, tmp_path):
    out = publish(document(finding(1), finding(2)))
    written = out / "runs" / "latest" / BLOCKLIST
    content = json.loads(written.read_text())
    content["entries"][0].update(first_seen="2025-01-01", state="gone", sha256="c" * 64)
    written.write_text(json.dumps(content))
    summary = export_run(Settings(out=str(out)), "latest", "json", tmp_path / "x", yes=False)
    listed = exported(tmp_path / "x")
    assert [("c" * 64, "2025-01-01"), (f"{2:064x}", "2026-11-22")] == [
        (entry.sha256, entry.first_seen) for entry in listed.entries
    ]
    assert (2, "7") == (summary.entries, listed.mirror_serial)


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_record_that_is_broken_is_not_exported(publish, document, finding, tmp_path, text):
    out = publish(document(finding()))
    (out / "runs" / "latest" / BLOCKLIST).write_text(text)
    with pytest.raises(RecordError):
        export_run(Settings(out=str(out)), "latest", "json", tmp_path / "x", yes=False)
    assert not (tmp_path / "x").exists()


def test_waivers_of_today_apply(publish, document, finding, tmp_path):
    out, waivers = publish(document(finding(1), finding(2))), tmp_path / "waivers.toml"
    waivers.write_text(
        f'[[waiver]]\nsha256 = "{1:064x}"\nowner = "ops"\nreason = "ours"\nexpires = 9999-01-01\n'
        f'[[waiver]]\nsha256 = "{2:064x}"\nowner = "ops"\nreason = "ours"\nexpires = 2001-01-01\n'
    )
    settings = Settings(out=str(out), waivers=str(waivers))
    summary = export_run(settings, "latest", "json", tmp_path / "x", yes=False)
    assert (1, 1) == (summary.entries, summary.waived)
    assert summary.render().startswith("1 files blocked, 1 waived\n")
    with pytest.raises(ConfigError):
        export_run(Settings(out=str(out), waivers=str(tmp_path / "none")), "latest", "json", Path("x"), yes=False)


def test_a_block_of_today_applies(publish, document, finding, tmp_path):
    out = publish(document(finding(1)))
    (out / "waivers.toml").write_text(
        f'[[block]]\nsha256 = "{5:064x}"\nowner = "sec"\nreason = "seen"\ndecided = 2026-11-30T01:00:00Z\n'
    )
    export_run(Settings(out=str(out)), "latest", "json", tmp_path / "x", yes=False)
    assert f"{1:064x}\n{5:064x}\n" == (tmp_path / "x" / "sha256.txt").read_text()


def test_a_record_of_an_older_boojum_is_exported(publish, document, finding, tmp_path):
    out = publish(document(finding()))
    written = out / "runs" / "latest" / BLOCKLIST
    content = json.loads(written.read_text()) | {"schema_version": 1, "expires_at": "2026-12-01"}
    for key in ("lifted", "held", "withheld"):
        del content[key]
    for key in ("path", "state", "last_confirmed", "why"):
        del content["entries"][0][key]
    written.write_text(json.dumps(content))
    assert 1 == export_run(Settings(out=str(out)), "latest", "json", tmp_path / "x", yes=False).entries
    assert render_blocklist(exported(tmp_path / "x")).startswith('{\n "schema_version": 2')


def test_a_run_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(NoSuchRunError):
        export_run(Settings(out=str(tmp_path)), "latest", "json", tmp_path / "x", yes=False)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(("target", "later"), [("pip", True), ("nginx", True), ("json", False)])
def test_a_blocked_project_is_blocked_with_what_comes_later(publish, document, finding, tmp_path, target, later):
    out = publish(document(finding(1)))
    (out / "waivers.toml").write_text(
        '[[block]]\nproject = "worse"\nowner = "sec"\nreason = "seen"\ndecided = 2026-11-30T01:00:00Z\n'
    )
    summary = export_run(Settings(out=str(out)), "latest", target, tmp_path / "x", yes=False)
    assert (("worse",) * later, ("worse",) * (not later)) == (summary.later, summary.not_later)
    assert "worse" in summary.render()
    assert later is any("worse" in path.read_text() for path in (tmp_path / "x").iterdir())
