import ast
import ipaddress
import re

from jobs.corpus.variants.payloads import find_payload, payloads

DOCUMENTATION = [
    ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "169.254.0.0/16")
]


def test_there_are_enough_and_each_is_itself():
    assert 25 <= len(payloads())
    assert (
        len(payloads()) == len({payload.id for payload in payloads()}) == len({payload.body for payload in payloads()})
    )
    assert payloads()[3] == find_payload(payloads()[3].id)


def test_each_is_python_and_says_what_it_is():
    for payload in payloads():
        ast.parse(payload.body)
        assert payload.what
        assert not payload.what.endswith(".")


def test_no_address_leads_anywhere():
    for payload in payloads():
        for host in re.findall(r"(?:https?|ftp)://([^/\s\"':?]+)", payload.body):
            is_address = re.fullmatch(r"[\d.]+", host)
            inert = (
                any(ipaddress.ip_address(host) in net for net in DOCUMENTATION)
                if is_address
                else host.endswith("example.invalid")
            )
            assert inert, (payload.id, host)
        for address in re.findall(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", payload.body):
            assert any(ipaddress.ip_address(address) in net for net in DOCUMENTATION), (payload.id, address)
