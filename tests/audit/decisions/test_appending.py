"""Tests appending to the file of decisions: every byte stays, any text is quoted, and no call loses another's."""

import multiprocessing
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.config import ConfigError
from audit.decisions.appending import append_decision, render_decision
from audit.decisions.contract import Block, Label, Scope, Waiver
from audit.decisions.file import parse_decisions, read_decisions

MOMENT = datetime(2026, 11, 30, 9, 15, 1, 250_000, tzinfo=UTC)
HOSTILE = 'say "no"\\ \n[[waiver]]\n# \x1b[31m\u202e\U000e0041 \x7f\r\n\t=1'
HAND_WRITTEN = b"# ours\r\n\r\n  [[waiver]]\r\nexpires=2027-01-31 # soon\r\n" + (
    f'sha256   = "{"a" * 64}"\r\nreason = """two\r\nlines"""\r\nowner = \'ops\'\r\n# the end'.encode()
)


def waive(reason="ours", **more):
    return Waiver(scope=Scope.PROJECT, project="six", owner="ops", reason=reason, expires=date(2027, 1, 31), decided=MOMENT, **more)  # fmt: skip


def block(reason="bad"):
    return Block(sha256="b" * 64, owner="sec", reason=reason, decided=MOMENT)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sub" / "waivers.toml"


def test_a_file_that_is_missing_is_made(file):
    append_decision(file, waive())
    append_decision(file, block(), "six-1.0.tar.gz")
    label = Label(sha256="c" * 64, label="benign", why="read it", owner="ops", decided=MOMENT)
    append_decision(file, label)
    found = read_decisions(file)
    assert ((waive(),), (block(),), (label,)) == (found.waivers, found.blocks, found.labels)
    assert file.read_text().startswith("[[waiver]]\n")
    assert "\n\n# six-1.0.tar.gz\n[[block]]\n" in file.read_text()


def test_what_was_there_stays_byte_for_byte(file):
    file.parent.mkdir()
    file.write_bytes(HAND_WRITTEN)
    append_decision(file, waive())
    after = file.read_bytes()
    assert HAND_WRITTEN == after[: len(HAND_WRITTEN)]
    assert b"\r\n" in after[len(HAND_WRITTEN) :]
    assert ["a" * 64, ""] == [waiver.sha256 for waiver in read_decisions(file).waivers]


@pytest.mark.parametrize("content", [b"[[waiver", b"\xff", b"[[feed]]\n", b"waiver = []\n", b"[[waiver]]\n"])
def test_a_file_that_takes_no_decision_is_refused_and_unchanged(file, content):
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(ConfigError):
        append_decision(file, waive())
    assert content == file.read_bytes()
    assert [file] == list(file.parent.iterdir())


@given(st.text(min_size=1).map(str.strip).filter(bool))
def test_any_text_comes_back_as_it_was(reason):
    content = tomllib.loads(render_decision(waive(reason), reason))
    assert (waive(reason),) == parse_decisions(content, "test").waivers


def test_hostile_text_makes_no_table_and_hides_nothing(file):
    append_decision(file, waive(HOSTILE), HOSTILE)
    assert [HOSTILE] == [waiver.reason for waiver in read_decisions(file).waivers]
    assert file.read_bytes().replace(b"\n", b"").isascii()
    assert file.read_text().replace("\n", "").isprintable()


def test_a_link_stays_a_link_and_the_mode_stays(file):
    file.parent.mkdir()
    behind = file.parent / "git" / "decisions.toml"
    behind.parent.mkdir()
    behind.write_text("")
    behind.chmod(0o640)
    file.symlink_to("git/decisions.toml")
    append_decision(file, waive())
    assert file.is_symlink()
    assert 1 == len(read_decisions(behind).waivers)
    assert 0o640 == behind.stat().st_mode & 0o777


def append_many(file: Path, name: str) -> None:
    for number in range(10):
        append_decision(file, waive(f"{name} {number}"))


def test_calls_at_once_lose_nothing(file):
    processes = [multiprocessing.get_context("spawn").Process(target=append_many, args=(file, name)) for name in "ab"]
    for process in processes:
        process.start()
    append_many(file, "c")
    for process in processes:
        process.join()
    assert {f"{name} {number}" for name in "abc" for number in range(10)} == {
        waiver.reason for waiver in read_decisions(file).waivers
    }


def test_a_folder_that_cannot_be_written_is_an_error_with_a_hint(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written") as caught:
        append_decision(tmp_path / "file" / "waivers.toml", waive())
    assert "--waivers" in caught.value.hint
