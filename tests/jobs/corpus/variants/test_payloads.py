import ast
import ipaddress
import re

from jobs.corpus.variants.payloads import find_payload, read_payloads

DOCUMENTATION = [
    ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "169.254.0.0/16")
]


def test_there_are_enough_and_no_two_are_alike():
    assert 25 <= len(read_payloads())
    assert (
        len(read_payloads())
        == len({payload.id for payload in read_payloads()})
        == len({payload.source for payload in read_payloads()})
    )
    assert read_payloads()[3] == find_payload(read_payloads()[3].id)


def test_each_is_python_and_has_a_behaviour():
    for payload in read_payloads():
        ast.parse(payload.source)
        assert payload.behaviour
        assert not payload.behaviour.endswith(".")


def test_every_address_is_reserved_for_documentation():
    for payload in read_payloads():
        for host in re.findall(r"(?:https?|ftp)://([^/\s\"':?]+)", payload.source):
            is_address = re.fullmatch(r"[\d.]+", host)
            inert = (
                any(ipaddress.ip_address(host) in net for net in DOCUMENTATION)
                if is_address
                else host.endswith("example.invalid")
            )
            assert inert, (payload.id, host)
        for address in re.findall(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", payload.source):
            assert any(ipaddress.ip_address(address) in net for net in DOCUMENTATION), (payload.id, address)
