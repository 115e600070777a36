import errno
import resource

import pytest

from jobs.contract import StoreFullError, StoreUnwritableError
from jobs.store.writing import disk_error, first_line, write_durably


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_an_exhausted_disk_quota_or_size_limit_is_a_full_store(tmp_path, number):
    assert isinstance(disk_error(tmp_path, OSError(number, "full")), StoreFullError)


def test_any_other_error_of_the_disk_is_an_unwritable_store(tmp_path):
    error = disk_error(tmp_path, OSError(errno.EROFS, "Read-only file system"))
    assert StoreUnwritableError is type(error)
    assert (tmp_path, "Read-only file system") == (error.path, error.reason)


def test_an_error_without_a_number_keeps_its_message(tmp_path):
    assert "torn" == disk_error(tmp_path, OSError("torn")).reason


def test_a_full_disk_leaves_no_half_file(tmp_path):
    # A limit on the size of files acts like a full disk and needs none.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))
    try:
        with pytest.raises(StoreFullError) as caught:
            write_durably(tmp_path / "f", b"x" * 501)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "make room" in caught.value.hint
    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_is_gone_is_not_made_anew(tmp_path):
    with pytest.raises(StoreUnwritableError, match="absent/f"):
        write_durably(tmp_path / "absent" / "f", b"")
    assert [] == list(tmp_path.iterdir())


def test_a_message_is_cut_to_its_first_line():
    assert "one" == first_line(ValueError("one\ntwo"))
    assert "KeyError" == first_line(KeyError())
    assert 200 == len(first_line(ValueError("x" * 201)))
