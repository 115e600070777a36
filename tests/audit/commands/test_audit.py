"""`boojum audit`: what it passes on, prints and returns; the job itself is tested in test_nightly."""

import json
from pathlib import Path

import pytest

from audit import cli
from audit.contract import FindingChange
from audit.exits import Exit
from audit.nightly import NightlyResult
from audit.outcome import Outcome


@pytest.fixture
def calls(monkeypatch, document, finding):
    """Replace the nightly job, and record its arguments."""
    recorded = []

    def audit_mirror(settings, progress, *, yes=False, since="", accept_shrink=False):
        recorded.append((settings, yes, since))
        found = finding(change=FindingChange(since or "new"))
        return NightlyResult(document(found), Path("out"), Outcome(1), 1, "", has_news=found.is_new)

    monkeypatch.setattr("audit.nightly.audit_mirror", audit_mirror)
    return recorded


def test_flags_reach_the_job_and_the_outcome_is_the_status(calls, capsys):
    flags = "--model m --waivers w --yes --fail-on review --fail-on-unread partial --workers 3 --memory 1g --quiet --fail-on-new --since new"
    assert Exit.FINDINGS == cli.main(["audit", "/srv/pypi", "--out", "o", *flags.split()])
    (settings, yes, since), *_ = calls
    assert ("/srv/pypi", "o", "m", "w", "review", "partial", 3, 2**30, True, True, True, "new") == (
        settings.mirror,
        settings.out,
        settings.model,
        settings.waivers,
        settings.fail_on,
        settings.fail_on_unread,
        settings.workers,
        settings.memory,
        settings.quiet,
        settings.fail_on_new,
        yes,
        since,
    )
    assert "1 malicious, 0 suspicious, 0 review" in capsys.readouterr().out


def test_json_has_the_facts_of_the_summary(calls, capsys):
    cli.main(["audit", "/srv/pypi", "--json"])
    facts = json.loads(capsys.readouterr().out)
    assert (1, 1, 1) == (facts["status"], facts["new"], facts["blocked"])


def test_quiet_prints_nothing_in_a_night_without_news(calls, capsys):
    assert Exit.FINDINGS == cli.main(["audit", "/srv/pypi", "--quiet", "--since", "same"])
    assert ("", "") == capsys.readouterr()
    cli.main(["audit", "/srv/pypi", "--since", "same"])
    assert "0 new" in capsys.readouterr().out
    cli.main(["audit", "/srv/pypi", "--quiet", "--json", "--since", "same"])
    assert 0 == json.loads(capsys.readouterr().out)["new"]


def test_the_mirror_may_stand_in_the_configuration(calls, tmp_path):
    (tmp_path / "boojum.toml").write_text('mirror = "/srv/mirror"\n')
    cli.main(["audit", "--config", str(tmp_path / "boojum.toml")])
    assert "/srv/mirror" == calls[0][0].mirror
