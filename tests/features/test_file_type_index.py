from features.contract import Kind, Member, Release, Role, Sort
from features.file_type_index import by_sort


def test_members_stand_under_their_sort_in_their_order() -> None:
    members = tuple(
        Member(path, 1, sort, Role.REST) for path, sort in (("b", Sort.TEXT), ("c", Sort.PTH), ("a", Sort.TEXT))
    )
    found = by_sort(Release("d", "d", "1", Kind.SDIST, "", 1, members))
    assert ["b", "a"] == [member.path for member in found[Sort.TEXT]]
    assert set(Sort) == set(found)
    assert len(members) == sum(map(len, found.values()))
