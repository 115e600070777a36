"""Tests what the store answers to a hunt."""

import pytest

from audit.hunting.contract import Hunt, HuntError
from audit.hunting.store import files_to_read, hunt_store
from audit.query import connect


@pytest.fixture
def hunt(store_folder):
    connection = connect(store_folder)

    def ask(**question):
        hits = hunt_store(connection, Hunt(**question))
        return sorted({(hit.project, hit.version, hit.place) for hit in hits})

    yield ask
    connection.close()


def test_a_name_is_a_project_in_any_spelling_a_file_or_a_member(hunt):
    assert [("goats", "1.0", "")] == hunt(names=("Goats",))
    assert [("sheep", "1.0", ""), ("sheep", "2.0", "")] == hunt(names=("sh*",))
    assert [("sheep", "2.0", "")] == hunt(names=("sheep-2.0.tar.gz",))
    assert [("reqeusts", "1.0", "a.py"), ("sheep", "1.0", "a.py")] == hunt(names=("a.py",))
    assert [] == hunt(names=("s[h]eep",))


def test_a_digest_is_that_of_a_member_too(hunt):
    assert [("reqeusts", "1.0", "a.py"), ("sheep", "1.0", "a.py")] == hunt(digests=(bytes(range(16)).hex(),))
    assert [] == hunt(digests=("00" * 32,))


@pytest.mark.parametrize("digest", ["zz" * 32, "00", ""])
def test_what_is_no_digest_is_an_error(hunt, digest):
    with pytest.raises(HuntError, match="no digest"):
        hunt(digests=(digest,))


def test_a_condition_narrows_what_is_found(hunt):
    assert [("sheep", "2.0", "")] == hunt(names=("sheep",), where="version = '2.0' -- the last")


@pytest.mark.parametrize("where", ["nonsense", "1 = 1) UNION (SELECT 1", "1 = 1; DROP VIEW artifacts", "no_column = 1"])
def test_what_is_no_condition_is_an_error(hunt, where):
    with pytest.raises(HuntError, match="condition"):
        hunt(names=("sheep",), where=where)


def test_files_to_read_are_those_of_the_mirror(store_folder):
    with connect(store_folder) as connection:
        assert not list(hunt_store(connection, Hunt(where="project = 'sheep'")))
        files, sizes = files_to_read(connection)
    assert ["sheep-1.0.tar.gz", "sheep-2.0.tar.gz"] == [filename for _, filename in files]
    assert len(files) == len(sizes)
