import random

import pytest
from change_builders import Mirror, digest, member, release, sdist, wheel

from features.contract import Artifact, Requirement, Row, Status
from jobs.changes import compared_unit, update
from jobs.changes.compare import compare
from jobs.changes.current import run_of
from jobs.changes.schema import change_schema
from jobs.contract import StoreBrokenError
from jobs.store.part_files import read_part
from jobs.store.part_store import PartStore

SHOWN = ("filename", "base_kind", "base_filename", "change_members_new", "change_step_minor")


@pytest.fixture
def mirror(tmp_path):
    return Mirror(tmp_path)


def generated(number: int) -> list[tuple[Artifact, Row]]:
    """Return so many files of projects, with equal, odd and many versions, of several kinds, in any order."""
    random_ = random.Random(7)
    made: dict[str, tuple[Artifact, Row]] = {}
    while len(made) < number:
        project, minor = f"p{random_.randrange(30)}", random_.randrange(12)
        version = random_.choice([f"1.{minor}", f"1.{minor}.0", f"2.{minor}rc1", f"0.{minor}.post1", f"1!{minor}"])
        tail = random_.choice([".tar.gz", "-py3-none-any.whl", "-cp312-cp312-linux_x86_64.whl", ".zip"])
        name = f"{project}-{version}{tail}"
        content = [member(f"{project}/{random_.randrange(9)}.py", str(random_.randrange(4))) for _ in range(3)]
        status = Status.UNREADABLE if random_.random() < 0.05 else Status.OK
        made[name] = release(name, *content, day=random_.randrange(900), status=status, yanked=random_.random() < 0.1)
    return list(made.values())


def test_a_run_compares_what_has_a_base_and_the_next_has_nothing_to_do(mirror):
    counts = mirror.night(sdist("1.0"), sdist("1.1"), wheel("1.1"))
    assert (1, 3, 2, 4, 1) == (counts.projects, counts.artifacts, counts.compared, counts.rows, counts.baseless)
    assert {"demo-1.1.tar.gz": "demo-1.0.tar.gz", "demo-1.1-py3-none-any.whl": "demo-1.0.tar.gz"} == mirror.bases()
    assert {"demo-1.1-py3-none-any.whl": "demo-1.1.tar.gz", "demo-1.1.tar.gz": "demo-1.1-py3-none-any.whl"} == (
        mirror.bases("sibling")
    )
    counts = mirror.night()
    assert (0, 0, 0) == (counts.projects, counts.rows, counts.baseless)


def test_an_empty_mirror_leaves_a_part_with_the_columns(mirror):
    mirror.night()
    assert [change_schema().names] == [read_part(part, None).column_names for part in mirror.changes.parts()]
    assert [] == mirror.rows("change_members")


def test_a_project_with_one_release_is_considered_once(mirror):
    assert (1, 0) == ((counts := mirror.night(sdist("1.0"))).baseless, counts.rows)
    assert 0 == mirror.night().projects
    assert 1 == mirror.night(sdist("1.1")).rows


@pytest.mark.slow
def test_nights_one_after_the_other_make_what_one_night_makes(mirror, tmp_path):
    files = generated(300)
    for night in range(4):
        mirror.night(*files[night::4])
    at_once = Mirror(tmp_path / "once")
    at_once.night(*files)
    assert at_once.rows(*SHOWN) == mirror.rows(*SHOWN)
    assert len(mirror.rows("filename")) > 250


def test_a_release_that_arrives_late_gives_its_successors_new_rows(mirror):
    mirror.night(sdist("1.0", day=0), sdist("1.2", day=9), sdist("1.3", day=20))
    counts = mirror.night(sdist("1.1", day=5))
    assert (2, 1) == (counts.compared, counts.superseded)
    assert {"1.1": "1.0", "1.2": "1.1", "1.3": "1.2"} == dict(mirror.rows("version", "base_version"))


def test_a_base_that_is_flagged_gives_its_successors_new_rows_and_is_one_again_later(mirror):
    mirror.night(sdist("1.0"), sdist("1.1"), sdist("1.2"))
    counts = mirror.night(flagged={digest("demo-1.1.tar.gz")})
    assert (1, 1) == (counts.compared, counts.superseded)
    assert {"1.1": "1.0", "1.2": "1.0"} == dict(mirror.rows("version", "base_version"))
    assert 0 == mirror.night(flagged={digest("demo-1.1.tar.gz")}).compared
    assert 1 == mirror.night().compared
    assert {"1.1": "1.0", "1.2": "1.1"} == dict(mirror.rows("version", "base_version"))


def test_a_release_whose_only_base_is_flagged_has_none(mirror):
    mirror.night(sdist("1.0"), sdist("1.1"))
    counts = mirror.night(flagged={digest("demo-1.0.tar.gz")})
    assert (1, 1) == (counts.baseless, counts.superseded)
    assert [] == mirror.rows("version")
    mirror.night()
    assert [("1.1", "1.0")] == mirror.rows("version", "base_version")


def test_a_base_that_leaves_the_mirror_is_replaced(mirror):
    mirror.night(sdist("1.0"), sdist("1.1"), sdist("1.2"))
    mirror.remove("demo-1.1.tar.gz")
    mirror.night()
    assert ("1.2", "1.0") in mirror.rows("version", "base_version")


def test_a_base_that_is_yanked_is_passed_over_until_it_is_not(mirror):
    mirror.night(sdist("1.0"), sdist("1.1"), sdist("1.2"))
    mirror.files["demo-1.1.tar.gz"] = sdist("1.1", yanked=True)
    mirror.night()
    assert ("1.2", "1.0") in mirror.rows("version", "base_version")
    mirror.files["demo-1.1.tar.gz"] = sdist("1.1")
    mirror.night()
    assert ("1.2", "1.1") in mirror.rows("version", "base_version")


def test_a_file_that_replaces_another_is_compared_anew(mirror):
    mirror.night(sdist("1.0", day=1), sdist("1.1", member("demo-1.1/a.py"), day=2))
    mirror.add(sdist("1.1", member("demo-1.1/a.py"), member("demo-1.1/b.py"), day=3, sha256="c" * 64))
    mirror.night()
    assert ("c" * 64, 2) in mirror.rows("sha256", "change_members_new")


def test_what_cannot_be_read_is_neither_compared_nor_a_base(mirror):
    mirror.night(sdist("1.0"), sdist("1.1", status=Status.UNREADABLE), sdist("1.2"))
    assert [("1.2", "1.0")] == mirror.rows("version", "base_version")
    assert 0 == mirror.night().projects


def test_rows_of_an_older_schema_are_no_bases(mirror, tmp_path):
    older = Mirror(tmp_path / "older")
    older.night(sdist("1.0"))
    mirror.features = PartStore(tmp_path / "newer")
    mirror.files = dict(older.files)
    mirror.read = set(older.files)
    assert 1 == mirror.night(sdist("1.1")).baseless


def test_a_killed_run_goes_on_where_it_stopped(mirror, monkeypatch):
    monkeypatch.setattr(update, "UNIT_PAIRS", 2)

    def kill(done, total, what):
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mirror.night(*(sdist(f"1.{number}") for number in range(9)), progress=kill)
    assert [] == mirror.changes.parts()
    counts = mirror.night()
    assert (4, 4) == (counts.resumed, counts.rows)
    assert 8 == len(mirror.rows("version")) == len(set(mirror.rows("version")))


def test_what_a_killed_run_compared_with_another_base_is_compared_again(mirror, monkeypatch):
    monkeypatch.setattr(update, "UNIT_PAIRS", 1)

    def kill(done, total, what):
        if done >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mirror.night(sdist("1.0"), sdist("1.2"), sdist("1.3"), sdist("1.4"), progress=kill)
    mirror.night(sdist("1.1"))
    assert {"1.1": "1.0", "1.2": "1.1", "1.3": "1.2", "1.4": "1.3"} == dict(mirror.rows("version", "base_version"))
    assert 4 == len(mirror.rows("version"))


def test_rows_that_a_killed_run_wrote_anew_supersede_the_older_ones(mirror, monkeypatch):
    mirror.night(sdist("1.0"), sdist("1.2"))
    monkeypatch.setattr(update, "NOTES_PREFIX", None)
    monkeypatch.setattr(update, "write_part", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        mirror.night(sdist("1.1"))
    monkeypatch.undo()
    mirror.night()
    assert [("1.1", "1.0"), ("1.2", "1.1")] == mirror.rows("version", "base_version")


def test_an_artifact_that_cannot_be_compared_does_not_stop_the_others_and_is_tried_again(mirror, monkeypatch):
    def fail(rows, *details, **facts):
        if "1.3" in rows["version"].to_pylist():
            raise ValueError
        return compare(rows, *details, **facts)

    with monkeypatch.context() as patched:
        patched.setattr(compared_unit, "compare", fail)
        counts = mirror.night(*(sdist(f"1.{number}") for number in range(6)))
    assert (1, 4, 4) == (counts.failed, counts.compared, counts.rows)
    assert 1 == mirror.night().compared
    assert 5 == len(mirror.rows("version"))


@pytest.mark.slow
def test_workers_make_what_this_process_makes(mirror, tmp_path, cluster, monkeypatch):
    files = generated(40)
    mirror.night(*files)
    monkeypatch.setattr(update, "LOCAL_PAIRS", 0)
    monkeypatch.setattr(update, "LOCAL_PARTS", 0)
    monkeypatch.setattr(update, "UNIT_PAIRS", 8)
    on_workers = Mirror(tmp_path / "workers")
    on_workers.night(*files, open_cluster=lambda: cluster)
    assert mirror.rows(*SHOWN) == on_workers.rows(*SHOWN)


def test_a_damaged_feature_part_is_moved_aside(mirror):
    mirror.add(sdist("1.0"), sdist("1.1"))
    mirror.extract()
    part = mirror.features.parts()[0]
    part.write_bytes(part.read_bytes()[:-9])
    with pytest.raises(StoreBrokenError):
        mirror.night(sdist("1.2"))
    assert part not in mirror.features.parts()


def test_rows_of_a_damaged_part_of_changes_are_made_again(mirror):
    mirror.night(sdist("1.0"), sdist("1.1"))
    mirror.changes.parts()[0].unlink()
    assert 1 == mirror.night().compared


def test_each_part_belongs_to_a_run(mirror):
    mirror.night(sdist("1.0"), sdist("1.1"))
    assert ["001"] == [run_of(part) for part in mirror.changes.parts()]


def test_requirements_are_looked_up_among_the_projects_of_the_mirror(mirror):
    known = [Requirement("demo"), Requirement("zz-unknown-project")]
    mirror.night(sdist("1.0"), sdist("1.1", requires=known))
    assert [(1,)] == mirror.rows("context_requires_unknown")
