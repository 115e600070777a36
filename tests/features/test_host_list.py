from features.contract import HostKind, HostUse, Role
from features.host_list import MOST_HOSTS, HostRank, merge_hosts


def use(host: str, member: str = "a.py", times: int = 1) -> HostUse:
    return HostUse(host, HostKind.NAME, member, 1, Role.REST, times)


def test_code_comes_before_data_and_data_before_prose():
    ranked = [
        (HostRank.PROSE, use("p.example")),
        (HostRank.DATA, use("d.example")),
        (HostRank.INSTALL, use("i.example")),
    ]
    assert ranked[::-1] == merge_hosts(ranked)


def test_a_host_stands_once_at_its_most_important_place():
    ranked = [
        (HostRank.PROSE, use("a.example", "README.md", 2)),
        (HostRank.REST, use("a.example", "a.py", 3)),
        (HostRank.REST, use("a.example", "b.py")),
    ]
    assert [(HostRank.REST, use("a.example", "a.py", 6))] == merge_hosts(ranked)
    many = [(HostRank.REST, use("a.example", "a.py", 2**31 - 1))] * 2
    assert [many[0]] == merge_hosts(many)


def test_any_number_of_hosts_in_prose_leaves_those_of_code():
    prose = [(HostRank.PROSE, use(f"h{number}.example")) for number in range(9_000)]
    merged = merge_hosts([*prose, (HostRank.IMPORT, use("code.example")), *prose])
    assert (MOST_HOSTS + 1, "code.example") == (len(merged), merged[0][1].host)
