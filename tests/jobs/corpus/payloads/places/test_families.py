"""Every family: it builds into an sdist and a wheel that unpack and compile, is reproducible, and reaches nobody."""

import ipaddress
import re
from random import Random

import pytest

from jobs.corpus.payloads.blocks import read_blocks
from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.dresses import PLAIN, choose_dress
from jobs.corpus.payloads.registry import FAMILIES
from jobs.corpus.payloads.triggers import choose_trigger
from jobs.corpus.payloads.vocabulary import Vocabulary
from jobs.corpus.variants.contract import NotApplicableError, Package
from jobs.corpus.variants.packing import pack
from tests.jobs.corpus.payloads.conftest import assert_sound, draft_of, host_package

RESERVED = [
    ipaddress.ip_network(n)
    for n in ("198.51.100.0/24", "203.0.113.0/24", "169.254.169.254/32", "127.0.0.0/8", "0.0.0.0/32")
]
HOST = r"(?:https?|wss?|ftp)://([A-Za-z][\w.-]+)"
CASES = [
    pytest.param(family, kind, id=f"{family.name}-{kind}")
    for family in FAMILIES
    for kind in ("sdist", "wheel")
    if family.needs in {"any", kind}
]


def build(family: Family, kind: str, seed: int) -> tuple[Package, Draft]:
    """Build a family into the first of many hosts that it fits, as the builder does; here they differ by seed alone."""
    for turn in range(80):
        try:
            return build_once(family, kind, seed + 1_000 * turn)
        except NotApplicableError:
            continue
    raise AssertionError(f"{family.name} fits no host")


def build_once(family: Family, kind: str, seed: int) -> tuple[Package, Draft]:
    rng = Random(seed)
    dress = PLAIN if family.dress else choose_dress(family.split, rng)
    trigger = choose_trigger(family.split, rng) if family.takes_trigger else read_blocks("triggers")[0]
    draft = Draft(host_package(kind), Vocabulary(family.split, rng), rng, dress=dress, trigger=trigger)
    family.build(draft)
    return draft.finish(), draft


@pytest.mark.parametrize(("family", "kind"), CASES)
def test_a_family_builds_a_sound_release_of_each_kind(family, kind):
    for seed in range(2):
        made, draft = build(family, kind, seed)
        assert_sound(made)
        files = made.files()
        assert draft.members
        assert set(draft.members) <= set(files)
        before = host_package(kind).files()
        assert all(before.get(member) != files[member] for member in draft.members)


@pytest.mark.parametrize(("family", "kind"), CASES)
def test_the_same_seed_builds_the_same_bytes(family, kind):
    assert pack(build(family, kind, 5)[0]) == pack(build(family, kind, 5)[0])


def readable(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return ""


@pytest.mark.parametrize(("family", "kind"), CASES)
def test_every_address_that_a_family_names_is_reserved(family, kind):
    for seed in range(3):
        made, draft = build(family, kind, seed)
        before = host_package(kind).files()
        text = "\n".join(readable(data) for path, data in made.files().items() if before.get(path) != data)
        text += draft.plain()
        known = set(re.findall(HOST, "\n".join(map(readable, before.values())))) | {"www.w3.org"}
        for address in re.findall(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])", text):
            assert any(ipaddress.ip_address(address) in net for net in RESERVED), address
        for host in set(re.findall(HOST, text)) - known:
            assert host.endswith((".example", ".invalid")), host


def test_a_family_says_so_where_a_host_has_no_place_for_it():
    draft = draft_of("wheel")
    draft.paths = type(draft.paths)("", "", "", "", ())
    for family in FAMILIES:
        if family.place in {"import", "module"}:
            with pytest.raises(Exception, match="quillbox"):
                family.build(draft)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("pth-line", "wheel", r"\.pth$"),
        ("start-file", "wheel", r"\.start$"),
        ("sitecustomize", "wheel", r"^sitecustomize\.py$"),
        ("install-command", "sdist", r"/setup\.py$"),
        ("backend-in-tree", "sdist", r"/pyproject\.toml$"),
        ("init-statements", "wheel", r"^quillbox/__init__\.py$"),
        ("bytecode-module", "wheel", r"\.pyc$"),
        ("picture-pixels", "wheel", r"\.png$"),
        ("web-script", "wheel", r"page\.js$"),
        ("elf-library", "wheel", r"\.so$"),
        ("unknown-requirement", "wheel", r"METADATA$"),
        ("agent-settings", "wheel", r"\.claude/settings\.json$"),
        ("wheel-script", "wheel", r"\.data/scripts/"),
    ],
)
def test_the_payload_stands_where_its_family_says(name, kind, expected):
    family = next(family for family in FAMILIES if family.name == name)
    _, draft = build(family, kind, 2)
    assert any(re.search(expected, member) for member in draft.members), draft.members


def test_native_files_have_a_header_and_nothing_that_a_loader_runs():
    for name, start in (("elf-library", b"\x7fELF"), ("windows-program", b"MZ"), ("mach-library", b"\xcf\xfa\xed\xfe")):
        family = next(family for family in FAMILIES if family.name == name)
        made, draft = build(family, "wheel", 1)
        assert made.files()[draft.members[0]].startswith(start)
