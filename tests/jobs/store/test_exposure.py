import os

import pytest

from jobs.contract import OutputExposedError
from jobs.store.exposure import require_unexposed
from jobs.store.lock import OutputLock

NEIGHBOUR = 65534


def test_a_folder_of_ones_own_is_used_also_in_the_folder_that_all_share(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "out").mkdir(mode=0o775)
    require_unexposed(shared / "out")


def test_a_folder_that_everybody_can_write_into_is_refused_and_says_what_to_do(tmp_path):
    tmp_path.chmod(0o777)
    with pytest.raises(OutputExposedError, match="every user can write into it") as caught:
        OutputLock(tmp_path)
    assert "chmod o-w" in caught.value.hint
    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_everybody_can_exchange_is_refused_however_far_above_it_is(tmp_path):
    (tmp_path / "open" / "between" / "out").mkdir(parents=True)
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(OutputExposedError, match=r"another folder in its place, in .*/open"):
        require_unexposed(tmp_path / "open" / "between" / "out")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_that_a_neighbour_made_where_everybody_can_is_refused(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "out").mkdir()
    os.chown(shared / "out", NEIGHBOUR, NEIGHBOUR)
    with pytest.raises(OutputExposedError, match="another user made"):
        require_unexposed(shared / "out")


def test_a_link_that_everybody_can_exchange_is_refused_although_it_leads_to_a_safe_place(tmp_path):
    (tmp_path / "safe").mkdir()
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "out").symlink_to(tmp_path / "safe")
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(OutputExposedError, match="in its place"):
        require_unexposed(tmp_path / "open" / "out")
