"""Ways in which an uploader may try to hide what changed; each is a bypass that does not work."""

import pytest
from change_builders import Mirror, change, digest, files, member, place, release, sdist, wheel

from features.contract import FileType, Requirement, Role
from jobs.changes.bases import choose_bases

PAYLOAD = member("demo/__init__.py", "evil", Role.IMPORT, finding_decode_then_execute=1)
LINE = place("decode_then_execute", "exec(b64decode(x))", 9.0)
HONEST = [place("subprocess_call", f"subprocess.run(['git', '{number}'])", 2.0) for number in range(5)]


def honest(*, prefix="demo", content=""):
    """Return five files of a release, under other names or with other content if asked to."""
    return [member(f"{prefix}/{number}.py", f"{number}{content}", subprocess_call=1) for number in range(5)]


def test_a_release_that_renames_every_file_shows_the_payload_alone_as_new():
    base = wheel("1.0", *honest(), evidence=HONEST)
    made = change(base, wheel("1.1", *honest(prefix="demo2"), PAYLOAD, evidence=[*HONEST, LINE]))
    assert (1, 1) == (made["change_marks_new"], made["change_places"])
    assert ["demo/__init__.py"] == [each["path"] for each in made["changed_members"]]


def test_a_release_that_lays_out_every_file_anew_shows_the_payload_first():
    spaced = [place(each.indicator, each.excerpt.replace("(", "( "), each.weight) for each in HONEST]
    base = wheel("1.0", *honest(), evidence=HONEST)
    made = change(base, wheel("1.1", *honest(content=" "), PAYLOAD, evidence=[LINE, *spaced]))
    assert (1, 1, True) == (made["change_marks_new"], made["change_places"], made["change_place_first"])
    assert "demo/__init__.py" == made["changed_members"][0]["path"]


def test_decoys_with_marks_do_not_hide_a_payload_from_the_list():
    decoys = [member(f"demo/aaa{number:04}.py", subprocess_call=1, os_system=1) for number in range(600)]
    made = change(wheel("1.0"), wheel("1.1", *decoys, PAYLOAD))
    assert "demo/__init__.py" == made["changed_members"][0]["path"]
    assert made["change_member_weight"] >= 9.0


def test_a_base_that_lists_only_a_part_of_its_members_hides_no_payload():
    base = wheel("1.0", *honest(), limits=("listed_members",))
    startup = member("x.pth", role=Role.INSTALL, file_type=FileType.PTH)
    made = change(base, wheel("1.1", *honest(), PAYLOAD, startup, member("demo/new_data.txt")))
    assert (2, 1, True) == (made["change_members_new"], made["change_startup_new"], made["change_base_cut"])


def test_content_that_waits_in_the_tests_and_is_moved_to_run_is_new():
    waiting = member("tests/data.py", "evil", finding_decode_then_execute=1, auxiliary_path=1)
    base = wheel("1.0", *honest(), waiting)
    made = change(base, wheel("1.1", *honest(), PAYLOAD))
    assert ["demo/__init__.py"] == [each["path"] for each in made["changed_members"]]
    assert (1, 1) == (made["change_marks_import"], made["change_members_new_import"])


def test_a_payload_in_a_file_like_those_of_the_base_is_new_by_its_marks():
    base = wheel("1.0", *honest(), member("demo/app.8f2c9b1a.js", "1", file_type=FileType.TEXT))
    new = member("demo/app.00c9b1a8.js", "2", file_type=FileType.TEXT, javascript_steals=1)
    made = change(base, wheel("1.1", *honest(), new))
    assert [("changed", "javascript_steals")] == [
        (each["change"], each["new_marks"][0]["id"]) for each in made["changed_members"]
    ]


def test_a_requirement_waits_in_an_extra_and_becomes_one_of_all():
    base = wheel("1.0", requires=[Requirement("zz-helper", extra="dev")])
    assert 1 == change(base, wheel("1.1", requires=[Requirement("zz-helper")]))["change_requires_core"]


@pytest.fixture
def mirror(tmp_path):
    made = Mirror(tmp_path)
    made.night(*(sdist(f"{major}.0", *honest(prefix=f"demo-{major}.0"), day=major) for major in (1, 2, 9)))
    return made


@pytest.mark.parametrize(
    ("version", "base"),
    [
        ("0.0.1", "9.0"),
        ("1!0.1", "9.0"),
        ("9.0+local", "9.0"),
        ("9.0.post1", "9.0"),
        ("9.1.dev0", "9.0"),
        ("1.5", "1.0"),
    ],
)
def test_no_version_is_without_a_base(version, base):
    rows = files(*(sdist(f"{major}.0", day=major) for major in (1, 2, 9)), sdist(version, day=50))
    assert {version: base}.items() <= {
        pair["version"]: pair["base_version"] for pair in choose_bases(rows, set()).to_pylist()
    }.items()


def test_the_attack_of_last_week_excuses_none_of_today(mirror):
    mirror.night(sdist("9.1", PAYLOAD, day=20))
    flagged = {digest("demo-9.1.tar.gz")}
    mirror.night(sdist("9.2", PAYLOAD, day=27), flagged=flagged)
    assert ("9.2", "9.0", 1) in mirror.rows("version", "base_version", "change_marks_new")


def test_a_release_that_is_yanked_at_once_excuses_none_of_today(mirror):
    mirror.night(sdist("9.1", PAYLOAD, day=20, yanked=True), sdist("9.2", PAYLOAD, day=21))
    assert ("9.2", "9.0") in mirror.rows("version", "base_version")


def test_the_other_file_of_a_flagged_release_excuses_none_of_today(mirror):
    mirror.night(sdist("9.1", PAYLOAD, day=20), wheel("9.1", PAYLOAD, day=20))
    mirror.night(sdist("9.2", PAYLOAD, day=27), flagged={digest("demo-9.1-py3-none-any.whl")})
    assert ("9.2", "9.0") in mirror.rows("version", "base_version")


def test_a_second_wheel_of_a_release_is_compared_with_the_first(mirror):
    mirror.night(release("demo-9.1-cp312-cp312-linux_x86_64.whl", *honest(), day=20))
    mirror.night(release("demo-9.1-cp312-cp312-win_amd64.whl", *honest(), PAYLOAD, day=24))
    found = mirror.rows("filename", "base_kind", "base_filename", "change_marks_new")
    first, second = (f"demo-9.1-cp312-cp312-{platform}.whl" for platform in ("linux_x86_64", "win_amd64"))
    assert (second, "sibling", first, 1) in found


def test_another_spelling_of_the_project_is_no_project_without_history(mirror):
    mirror.night(release("Demo-9.1.tar.gz", PAYLOAD, day=30, project="Demo"))
    assert "demo-9.0.tar.gz" == mirror.bases()["Demo-9.1.tar.gz"]
