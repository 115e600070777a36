"""Tests the configuration: flags override the file, the file overrides defaults, and errors list the choices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.config import BlocklistSettings, ConfigError, Settings, WalkSettings, load_settings, out_folder, parse_size


def write(tmp_path, text):
    file = tmp_path / "boojum.toml"
    file.write_text(text)
    return file


def test_defaults_without_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Settings() == load_settings(None, {})


def test_a_file_here_is_found_and_flags_override_it(tmp_path, monkeypatch):
    write(tmp_path, 'workers = 3\nfail_on = "review"\n[limits]\nseconds = 5\n[blocklist]\nprotected = ["six"]\n')
    monkeypatch.chdir(tmp_path)
    settings = load_settings(None, {"workers": 7, "out": None, "files": ["x"]})
    assert (7, "review", 5.0) == (settings.workers, settings.fail_on, settings.limits.seconds)
    assert BlocklistSettings(protected=("six",)) == settings.blocklist


@pytest.mark.parametrize(
    ("what", "hint", "text"),
    [
        ("unknown key `worker`", "did you mean `workers`? known keys: blocklist, ", "worker = 3"),
        (
            "unknown key `limits.syntax_bytes`",
            "is 1,048,576 in every store, so that rows can be compared; leave it out; known keys: artifact_bytes, ",
            "[limits]\nsyntax_bytes = 3",
        ),
        ("unknown key `limits.second`", "did you mean `seconds`?", "[limits]\nsecond = 3"),
        ("`workers` is 'many'", "write a value of type int", 'workers = "many"'),
        ("`workers` is True", "write a value of type int", "workers = true"),
        ("`workers` is -1", "write zero or more", "workers = -1"),
        ("`fail_on` is 'bad'", "choose from: known_bad, malicious, suspicious, review, never", 'fail_on = "bad"'),
        ("`limits` is a table", "write it as [limits]", "limits = 3"),
        ("`blocklist.max_share` is 5.0", "write a share from 0 to 1", "[blocklist]\nmax_share = 5"),
        ("`blocklist.max_share` is nan", "write a share from 0 to 1", "[blocklist]\nmax_share = nan"),
        ("`limits.seconds` is nan", "write zero or more", "[limits]\nseconds = nan"),
        ("`blocklist.protected` is 'six'", "write a list of strings", '[blocklist]\nprotected = "six"'),
        ("`memory` is 'lots'", "a size like 512MiB or 2GiB", 'memory = "lots"'),
        ("`mirror.max_shrink` is 1.5", "write a share from 0 to 1", "[mirror]\nmax_shrink = 1.5"),
        ("`mirror.verify_share` is nan", "write a share from 0 to 1", "[mirror]\nverify_share = nan"),
        ("`mirror.path` is 3", "write a value of type str", "[mirror]\npath = 3"),
        ("unknown key `mirror.shrink`", "did you mean `max_shrink`?", "[mirror]\nshrink = 0.2"),
        ("unknown key `walk`", "below [mirror]", "[walk]\nmax_shrink = 0.2"),
        ("is not TOML", "correct the line it names", "workers ="),
    ],
)
def test_every_mistake_says_what_to_do(tmp_path, what, hint, text):
    with pytest.raises(ConfigError) as caught:
        load_settings(write(tmp_path, text), {})
    assert what in str(caught.value)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (("/srv", WalkSettings()), 'mirror = "/srv"'),
        (("/srv", WalkSettings(0.2)), '[mirror]\npath = "/srv"\nmax_shrink = 0.2'),
        (("", WalkSettings(verify_share=1.0)), "[mirror]\nverify_share = 1"),
    ],
)
def test_the_mirror_is_a_path_or_a_table(tmp_path, expected, text):
    settings = load_settings(write(tmp_path, text), {})
    assert expected == (settings.mirror, settings.walk)


def test_a_mirror_on_the_command_line_keeps_the_rest_of_the_table(tmp_path):
    settings = load_settings(write(tmp_path, '[mirror]\npath = "/srv"\nmax_shrink = 0.2'), {"mirror": "/mnt"})
    assert ("/mnt", 0.2) == (settings.mirror, settings.walk.max_shrink)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path / "none.toml", {})


@pytest.mark.parametrize(
    ("expected", "text"), [(512 * 2**20, "512MiB"), (2 * 2**30, "2g"), (1000, "1000"), (1536, "1.5k")]
)
def test_sizes(expected, text):
    assert expected == parse_size(text)


@given(st.integers(0, 2**40))
def test_a_plain_number_is_bytes(number):
    assert number == parse_size(str(number))


def test_an_output_folder_named_like_a_room_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="named like one of boojum's own folders"):
        out_folder(Settings(out=str(tmp_path / "jobs")))


def test_an_output_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "x").touch()
    with pytest.raises(ConfigError, match="is not a folder"):
        out_folder(Settings(out=str(tmp_path / "x")))


@pytest.mark.parametrize("value", ["10MB", "319MiB", 1, 300 * 2**20])
def test_memory_in_which_no_worker_could_start_is_refused_with_the_least(value):
    with pytest.raises(ConfigError) as caught:
        load_settings(None, {"memory": value})
    assert "at least 320 MiB" in caught.value.hint


def test_memory_may_be_a_fair_share_or_enough():
    assert [0, 320 * 2**20] == [load_settings(None, {"memory": value}).memory for value in (0, "320MiB")]


def test_a_size_that_no_number_holds_is_an_error():
    with pytest.raises(ConfigError, match="has 400 characters"):
        load_settings(None, {"memory": "9" * 400})
