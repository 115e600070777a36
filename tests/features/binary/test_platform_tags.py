"""Tags of wheels."""

import pytest

from features.binary.platform_tags import normalise_machine, promised_platforms, promises_no_native_code
from features.contract import Kind, Release


def release(filename: str, kind: Kind = Kind.WHEEL) -> Release:
    return Release(filename, "x", "1", kind, "zip", 1, ())


@pytest.mark.parametrize(
    ("platform", "systems", "machines"),
    [
        ("manylinux_2_17_x86_64.manylinux2014_x86_64", {"linux"}, {"x86_64"}),
        ("musllinux_1_1_aarch64", {"linux"}, {"aarch64"}),
        ("win_amd64", {"windows"}, {"x86_64"}),
        ("win32", {"windows"}, {"x86"}),
        ("macosx_11_0_arm64", {"macos"}, {"aarch64"}),
        ("macosx_10_9_universal2", {"macos"}, set()),
        ("macosx_10_9_intel", {"macos"}, set()),
        ("manylinux1_i686", {"linux"}, {"x86"}),
        ("android_21_arm64_v8a", {"linux"}, {"aarch64"}),
        ("linux_riscv64", {"linux"}, set()),
        ("any", set(), set()),
    ],
)
def test_a_platform_tag_promises_systems_and_machines(platform, systems, machines):
    assert promised_platforms(release(f"x-1-cp311-cp311-{platform}.whl")) == (systems, machines)


def test_an_sdist_promises_no_platform():
    assert promised_platforms(release("x-1-win32.tar.gz", Kind.SDIST)) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("filename", "kind", "expected"),
    [
        ("x-1-py3-none-any.whl", Kind.WHEEL, True),
        ("x-1-py3-none-any.tar.gz", Kind.WHEEL, True),
        ("x-1-py3-none-ANY.whl", Kind.WHEEL, True),
        ("x-1-cp311-cp311-win32.whl", Kind.WHEEL, False),
        ("x-1.tar.gz", Kind.SDIST, True),
        ("x-1.egg", Kind.EGG, False),
    ],
)
def test_sdists_and_pure_wheels_promise_no_native_code(filename, kind, expected):
    assert promises_no_native_code(release(filename, kind)) is expected


@pytest.mark.parametrize(("machine", "expected"), [("amd64", "x86_64"), ("i686", "x86"), ("riscv64", "riscv64")])
def test_a_machine_has_one_name(machine, expected):
    assert normalise_machine(machine) == expected
