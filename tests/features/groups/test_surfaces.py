from features.contract import FileType, Kind, Member, Release, Role
from features.groups.surfaces import SurfacesGroup
from features.surfaces.columns import COLUMNS

GROUP = SurfacesGroup()


def release(path: str, data: bytes) -> Release:
    member = Member(path, len(data), FileType.TEXT, Role.REST, data, data)
    return Release("demo-1.0.whl", "demo", "1.0", Kind.WHEEL, "zip", 1, (member,))


def test_a_row_has_exactly_the_columns_and_zero_for_what_is_not_there() -> None:
    row = GROUP.extract(release("a.txt", b"x"))
    assert list(row.values) == [column.name for column in COLUMNS]
    assert set(row.values.values()) == {0}
    assert row.evidence == ()


def test_an_act_is_counted_and_shown() -> None:
    row = GROUP.extract(release(".vscode/tasks.json", b'{"runOptions": {"runOn": "folderOpen"}}'))
    assert (1, 1, 7) == (
        row.values["surfaces_editor_settings"],
        row.values["surfaces_editor_task_opened"],
        row.values["surfaces_top_weight"],
    )
    assert ["editor_task_opened"] == [place.indicator for place in row.evidence]


def test_the_version_follows_the_popular_names() -> None:
    assert GROUP.version.startswith("1.")
