from features.contract import FileType, GroupRow, HostKind, HostUse, Member, Role
from features.host_list import MOST_HOSTS, HostList, HostRank, merge_hosts
from features.text.host_place import HostPlace


def listed(*added: tuple[HostRank, str, HostPlace]) -> HostList:
    found = HostList()
    for rank, path, place in added:
        found.add(rank, Member(path, 1, FileType.PYTHON, Role.REST), [place])
    return found


def place(host: str, times: int = 1) -> HostPlace:
    return HostPlace(host, HostKind.NAME, 1, times)


def use(host: str, member: str, times: int = 1) -> HostUse:
    return HostUse(host, HostKind.NAME, member, 1, Role.REST, times)


def test_code_comes_before_data_and_data_before_prose():
    added = [(HostRank.PROSE, "c", place("p.example")), (HostRank.DATA, "b", place("d.example")),
             (HostRank.INSTALL, "a", place("i.example"))]  # fmt: skip
    expected = [(HostRank.INSTALL, use("i.example", "a")), (HostRank.DATA, use("d.example", "b")),
                (HostRank.PROSE, use("p.example", "c"))]  # fmt: skip
    assert expected == listed(*added).ranked()


def test_a_host_stands_once_at_its_most_important_place():
    found = listed(
        (HostRank.PROSE, "README.md", place("a.example", 2)),
        (HostRank.REST, "a.py", place("a.example", 3)),
        (HostRank.REST, "b.py", place("a.example")),
    )
    assert [(HostRank.REST, use("a.example", "a.py", 6))] == found.ranked()
    many = [(HostRank.REST, "a.py", place("a.example", 2**31 - 1))] * 2
    assert 2**31 - 1 == listed(*many).ranked()[0][1].times


def test_any_number_of_hosts_in_prose_leaves_those_of_code():
    prose = [(HostRank.PROSE, "README.md", place(f"h{number}.example")) for number in range(9_000)]
    found = listed(*prose, (HostRank.IMPORT, "a.py", place("code.example")), *prose).ranked()
    assert (MOST_HOSTS + 1, "code.example") == (len(found), found[0][1].host)


def test_the_hosts_of_groups_are_one_list():
    rows = [
        GroupRow({}, hosts=[(HostRank.REST, use("a.example", "a.py")), (HostRank.PROSE, use("b.example", "README"))]),
        GroupRow({}),
        GroupRow({}, hosts=[(HostRank.DATA, use("b.example", "b.so", 2))]),
    ]
    assert [use("a.example", "a.py"), use("b.example", "b.so", 3)] == merge_hosts(rows)
    assert [use("a.example", "a.py"), use("b.example", "README")] == merge_hosts(rows[:2])
    assert [] == merge_hosts([])
