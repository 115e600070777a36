"""Tests the export of a finished run: today's waivers, the first day of an entry, and the mirror's serial."""

import json
from pathlib import Path

import pytest

from audit.blocklists.build import build_blocklist
from audit.blocklists.canonical import BLOCKLIST, render_blocklist
from audit.config import BlocklistSettings, ConfigError, Settings
from audit.export import export_run
from audit.runs import NoSuchRunError


def test_an_entry_keeps_its_first_day_and_the_list_the_serial(publish, document, finding, tmp_path):
    run = document(finding())
    out = publish(run)
    earlier = build_blocklist(run, BlocklistSettings(), first_seen={f"{1:064x}": "2025-01-01"})
    (out / "runs" / "latest" / BLOCKLIST).write_text(render_blocklist(earlier))
    export_run(Settings(out=str(out)), "latest", "json", tmp_path / "x", yes=False)
    written = json.loads((tmp_path / "x" / BLOCKLIST).read_text())
    assert ("2025-01-01", "7") == (written["entries"][0]["first_seen"], written["mirror_serial"])


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_blocklist_that_a_person_edited_does_not_stop_the_export(publish, document, finding, tmp_path, text):
    out = publish(document(finding()))
    (out / "runs" / "latest" / BLOCKLIST).write_text(text)
    assert 1 == export_run(Settings(out=str(out)), "latest", "json", tmp_path / "x", yes=False).entries


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


def test_a_run_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(NoSuchRunError):
        export_run(Settings(out=str(tmp_path)), "latest", "json", tmp_path / "x", yes=False)
    assert not (tmp_path / "x").exists()
