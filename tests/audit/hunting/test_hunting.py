"""Tests hunts over the demonstration mirror, as a person types them."""

import json
import tarfile

import pytest

from audit import cli
from audit.exits import Exit

pytestmark = pytest.mark.slow


@pytest.fixture
def hunt(night, capsys):
    settings, _ = night

    def run(*words):
        status = cli.main(["hunt", "--out", settings.out, "--quiet", "--workers", "1", "--json", *words])
        shown = capsys.readouterr()
        return status, json.loads(shown.out), shown.err

    return run


def test_a_host_is_found_with_those_below_it(hunt):
    status, found, _ = hunt("--host", "oast.example.invalid")
    assert (Exit.FINDINGS, 1) == (status, found["artifacts"])
    assert "acme_billing_internal-99.10.3/setup.py:25" == found["hits"][0]["place"]
    status, found, _ = hunt("--host", "nowhere.invalid")
    assert (Exit.COMPLETE, 0) == (status, found["total"])


def test_a_text_is_read_for_and_how_much_is_said_first(hunt):
    status, found, notice = hunt("--text", "URLLIB.request", "--where", "verdict = 'malicious'")
    assert Exit.FINDINGS == status
    assert found["searched"] >= 12
    assert f"reading {found['searched']} files again" in notice
    stored = hunt("--text", "urllib.request", "--stored")[1]
    assert 0 == stored["searched"]
    assert stored["total"] < found["total"]


def test_a_member_of_this_machine_is_found(hunt, demo, tmp_path):
    archive = next(path for path in demo[0].rglob("acme_billing_internal-*.tar.gz"))
    file = tmp_path / "anything.py"
    with tarfile.open(archive) as opened:
        member = opened.extractfile("acme_billing_internal-99.10.3/setup.py")
        assert member
        file.write_bytes(member.read())
    _, found, _ = hunt("--file", str(file))
    assert ["acme_billing_internal-99.10.3/setup.py"] == [hit["place"] for hit in found["hits"]]


def test_files_that_cannot_be_searched_are_named_and_the_status_is_incomplete(hunt):
    status, found, _ = hunt("--text", "no text of any package")
    assert (Exit.INCOMPLETE, 0) == (status, found["total"])
    assert "unitfold-1.6.1.tar.gz" in dict(found["unread"])


def test_nothing_asked_is_misuse(night, capsys):
    assert Exit.MISUSE == cli.main(["hunt", "--out", night[0].out])
    assert "name a --host" in capsys.readouterr().err
