"""Tests reading.json: what it holds comes back, and a damaged one is no empty one."""

import json
from datetime import date

import pytest

from audit.news.backlog import READING, read_backlog, render_backlog

WAITING = {("aa", "packages/a"): date(2026, 11, 20), ("bb", "packages/b"): None}


def test_what_waits_comes_back_with_its_day(tmp_path):
    (tmp_path / READING).write_text(render_backlog("1", {("cc", "packages/c"): None}, WAITING))
    assert WAITING == read_backlog(tmp_path)
    assert ["cc"] == [row["sha256"] for row in json.loads((tmp_path / READING).read_text())["shown"]]


def test_a_run_of_an_older_boojum_keeps_none(tmp_path):
    assert {} == read_backlog(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 2}', '{"format": 1, "waiting": [{}]}'])
def test_a_damaged_file_is_an_error(tmp_path, text):
    (tmp_path / READING).write_text(text)
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_backlog(tmp_path)
