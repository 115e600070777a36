"""Tests package URLs: every character that could end a part is encoded."""

import pytest

from audit.purl import file_purl, release_purl


def test_a_file_is_named_by_its_release_and_its_name():
    assert "pkg:pypi/six@1.16.0?file_name=six-1.16.0.tar.gz" == file_purl("six", "1.16.0", "six-1.16.0.tar.gz")


def test_a_file_of_no_known_project_has_none():
    assert "" == release_purl("", "1") == file_purl("", "1", "a-1.tar.gz")


@pytest.mark.parametrize("version", ["1!2+local", "a/b", "a?b#c@d", "\udcff", "é"])
def test_no_character_ends_a_part(version):
    _, _, rest = release_purl("six", version).partition("@")
    assert not set("/?#@!+é") & set(rest)
