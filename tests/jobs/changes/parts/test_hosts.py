from change_builders import change, host, wheel

from features.contract import HostKind, Role

BASE = wheel("1.0", hosts=[host("api.demo.example"), host("198.51.100.7", HostKind.IPV4)])


def test_hosts_that_the_base_names_are_not_new():
    made = change(BASE, wheel("1.1", hosts=[host("api.demo.example"), host("198.51.100.7", HostKind.IPV4)]))
    assert (0, 0, []) == (made["change_hosts"], made["change_addresses"], made["new_hosts"])


def test_new_hosts_are_counted_by_kind_and_time():
    new = [
        host("drop.evil.example", role=Role.INSTALL),
        host("203.0.113.9", HostKind.IPV4),
        host("x.onion", HostKind.ONION),
    ]
    made = change(BASE, wheel("1.1", hosts=new))
    assert (3, 1, 1, 1, 2, 0) == tuple(
        made[f"change_{of}"] for of in ("hosts", "addresses", "onions", "hosts_install", "hosts_import", "hosts_rest")
    )
    assert ["drop.evil.example", "203.0.113.9", "x.onion"] == [each["host"] for each in made["new_hosts"]]


def test_a_new_name_in_a_known_domain_is_no_new_domain():
    made = change(BASE, wheel("1.1", hosts=[host("docs.demo.example")]))
    assert (1, 0) == (made["change_hosts"], made["change_domains"])
    assert 1 == change(BASE, wheel("1.1", hosts=[host("demo.invalid")]))["change_domains"]


def test_addresses_with_a_common_end_are_different_domains():
    made = change(BASE, wheel("1.1", hosts=[host("203.0.100.7", HostKind.IPV4)]))
    assert 1 == made["change_domains"]
