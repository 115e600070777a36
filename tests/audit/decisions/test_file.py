"""Tests the file of decisions: required keys, digests, names and dates, and a message for every mistake."""

from datetime import UTC, date, datetime

import pytest

from audit.config import ConfigError
from audit.decisions.contract import Block, Label, Scope, Waiver
from audit.decisions.file import load_decisions, read_decisions
from audit.decisions.matching import Decisions

GOOD = '[[waiver]]\nsha256 = "{}"\nowner = "ops"\nreason = "our own"\nexpires = 2027-01-31\n'
WIDE = '[[waiver]]\nproject = "Six_Pack"\nowner = "ops"\nreason = "x"\nexpires = 2027-01-31\n'
DECIDED = "decided = 2026-11-30T10:00:00+01:00\n"
MOMENT = datetime(2026, 11, 30, 9, tzinfo=UTC)
DIGEST = "a" * 64


def write(tmp_path, text):
    file = tmp_path / "waivers.toml"
    file.write_text(text)
    return file


def test_a_waiver_of_an_older_boojum_is_read(tmp_path):
    waiver = Waiver(sha256="ab" * 32, owner="ops", reason="our own", expires=date(2027, 1, 31))
    assert (waiver,) == read_decisions(write(tmp_path, GOOD.format("AB" * 32))).waivers


def test_releases_projects_blocks_and_labels_are_read_in_any_spelling(tmp_path):
    text = WIDE + DECIDED + WIDE + DECIDED + 'version = "1.0.RC1"\nindicator = "os_system"\nlater_files = true\n'
    text += f'[[block]]\nproject = "six.pack"\nowner = "ops"\nreason = "x"\n{DECIDED}'
    text += f'[[label]]\nsha256 = "{DIGEST}"\nlabel = "benign"\nwhy = "read it"\nowner = "ops"\n{DECIDED}'
    found = read_decisions(write(tmp_path, text))
    assert [(Scope.PROJECT, "six-pack", ""), (Scope.RELEASE, "six-pack", "1.0rc1")] == [
        (waiver.scope, waiver.project, waiver.version) for waiver in found.waivers
    ]
    assert ("os_system", True, MOMENT) == (
        found.waivers[1].indicator,
        found.waivers[1].later_files,
        found.waivers[1].decided,
    )
    assert (Block(scope=Scope.PROJECT, project="six-pack", owner="ops", reason="x", decided=MOMENT),) == found.blocks
    assert (Label(sha256=DIGEST, label="benign", why="read it", owner="ops", decided=MOMENT),) == found.labels


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("`sha256` is 'six'", GOOD.format("six")),
        ("lacks `owner`", GOOD.format(DIGEST).replace('owner = "ops"\n', "")),
        ("unknown key `note`", GOOD.format(DIGEST) + 'note = "x"\n'),
        ("`expires` is '2027-01-31'", GOOD.format(DIGEST).replace("2027-01-31", '"2027-01-31"')),
        ("`owner` is ' '", GOOD.format(DIGEST).replace('"ops"', '" "')),
        ("`owner` is 3", GOOD.format(DIGEST).replace('"ops"', "3")),
        ("unknown key `waivers`", "[[waivers]]\n"),
        ("`waiver` is no list of tables", "[waiver]\n"),
        ("is not TOML", "[[waiver"),
        ("lacks `sha256`", GOOD.format(DIGEST).replace("sha256", "version")),
        ("names a file and a project", GOOD.format(DIGEST) + 'project = "six"\n'),
        ("`project` is '../x'", WIDE.replace("Six_Pack", "../x") + DECIDED),
        ("lacks `decided`", WIDE),
        ("`decided` is datetime.date(2026, 11, 30)", WIDE + "decided = 2026-11-30\n"),
        ("`decided` is datetime.datetime(", WIDE + "decided = 2026-11-30T10:00:00\n"),
        ("`later_files` is 'yes'", WIDE + DECIDED + 'later_files = "yes"\n'),
        (
            "`label` is 'bad'",
            f'[[label]]\nsha256 = "{DIGEST}"\nlabel = "bad"\nwhy = "x"\nowner = "ops"\n{DECIDED}',
        ),
    ],
)
def test_every_mistake_is_named(tmp_path, expected, text):
    with pytest.raises(ConfigError) as caught:
        read_decisions(write(tmp_path, text))
    assert expected in str(caught.value)


def test_the_output_folder_has_a_file_of_its_own_that_may_be_missing(tmp_path):
    assert Decisions() == load_decisions("", tmp_path)
    write(tmp_path, GOOD.format(DIGEST))
    assert 1 == len(load_decisions("", tmp_path).waivers)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_decisions(str(tmp_path / "none.toml"), tmp_path)
