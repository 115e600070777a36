import pytest

from jobs.contract import JobsError
from jobs.mirror.bandersnatch_conf import MirrorError, MirrorOptions, find_directory, parse_conf


def conf(tmp_path, text):
    path = tmp_path / "bandersnatch.conf"
    path.write_text(text)
    return path


def test_defaults_are_those_of_bandersnatch(tmp_path):
    expected = MirrorOptions("/srv/pypi", False, "ALL", True, False, "", 0)
    assert parse_conf(conf(tmp_path, "[mirror]\ndirectory = /srv/pypi\n")) == expected


def test_every_option_is_read(tmp_path):
    text = """; a comment
[mirror]
directory = /srv/pypi
hash-index = True
simple-format = html
release-files = no
json = on
root_uri = https://example.invalid/files
keep_index_versions = 3
storage-backend = filesystem
workers = 10
"""
    expected = MirrorOptions("/srv/pypi", True, "HTML", False, True, "https://example.invalid/files", 3)
    assert parse_conf(conf(tmp_path, text)) == expected


def test_unknown_keys_and_sections_are_ignored(tmp_path):
    text = "[mirror]\ndirectory = /srv/pypi\nsome-day = yes\n[someones_plugin]\nx = y\n[blocklist]\npackages =\n    a\n    b\n"
    assert parse_conf(conf(tmp_path, text)).directory == "/srv/pypi"


def test_percent_signs_and_environment_are_not_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/elsewhere")
    text = "[mirror]\ndirectory = /srv/50%%/$HOME\nmaster = https://example.invalid/%(oops)s\n"
    assert parse_conf(conf(tmp_path, text)).directory == "/srv/50%/$HOME"


def test_a_colon_is_no_delimiter(tmp_path):
    assert parse_conf(conf(tmp_path, "[mirror]\ndirectory = C:/mirror\n")).directory == "C:/mirror"


def test_the_last_of_repeated_keys_counts(tmp_path):
    assert parse_conf(conf(tmp_path, "[mirror]\ndirectory = /a\ndirectory = /b\n")).directory == "/b"


@pytest.mark.parametrize(
    ("text", "sentence", "hint"),
    [
        ("[mirror]\njson = true\n", "no `directory`", "directory ="),
        ("[mirror]\ndirectory =\n", "no `directory`", "directory ="),
        ("[mirror]\ndirectory = /bucket\nstorage-backend = s3\n", "storage-backend s3", "file system"),
        ("[tool]\na = b\n", "no bandersnatch.conf", "boojum scan"),
        ("PK\x03\x04 not a conf at all", "no bandersnatch.conf", "boojum scan"),
        ("", "no bandersnatch.conf", "boojum scan"),
    ],
)
def test_a_conf_without_a_mirror_on_disk_is_an_error(tmp_path, text, sentence, hint):
    with pytest.raises(MirrorError) as caught:
        parse_conf(conf(tmp_path, text))
    assert sentence in str(caught.value)
    assert hint in caught.value.hint
    assert isinstance(caught.value, JobsError)


def test_a_binary_file_is_no_conf(tmp_path):
    path = tmp_path / "six-1.16.0.tar.gz"
    path.write_bytes(b"\x1f\x8b\x08\xff\xfe" * 100)
    with pytest.raises(MirrorError, match=r"no bandersnatch\.conf"):
        parse_conf(path)


def test_a_conf_that_may_not_be_read_is_an_error(tmp_path, monkeypatch):
    path = conf(tmp_path, "[mirror]\ndirectory = /a\n")

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(MirrorError, match="Permission denied") as caught:
        parse_conf(path)
    assert "user" in caught.value.hint


def test_a_missing_directory_is_an_error(tmp_path):
    path = conf(tmp_path, f"[mirror]\ndirectory = {tmp_path}/gone\n")
    with pytest.raises(MirrorError, match="does not exist") as caught:
        find_directory(path, parse_conf(path))
    assert "bandersnatch mirror" in caught.value.hint


def test_a_file_in_place_of_the_directory_is_an_error(tmp_path):
    path = conf(tmp_path, f"[mirror]\ndirectory = {tmp_path}/bandersnatch.conf\n")
    with pytest.raises(MirrorError, match="is not a directory"):
        find_directory(path, parse_conf(path))
