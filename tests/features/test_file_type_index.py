from features.contract import FileType, Kind, Member, Release, Role
from features.file_type_index import by_file_type


def test_members_stand_under_their_sort_in_their_order() -> None:
    members = tuple(
        Member(path, 1, file_type, Role.REST)
        for path, file_type in (("b", FileType.TEXT), ("c", FileType.PTH), ("a", FileType.TEXT))
    )
    found = by_file_type(Release("d", "d", "1", Kind.SDIST, "", 1, members))
    assert ["b", "a"] == [member.path for member in found[FileType.TEXT]]
    assert set(FileType) == set(found)
    assert len(members) == sum(map(len, found.values()))
