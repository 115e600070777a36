from typing import Any

import pytest

from features.binary.native_magic import NativeFormat, is_disguised, native_format

PE = b"MZ" + b"\0" * 58 + (64).to_bytes(4, "little") + b"PE\0\0" + b"\0" * 60


@pytest.mark.parametrize(
    ("head", "native"),
    [
        (b"\x7fELF\x02\x01\x01" + b"\0" * 57, NativeFormat.ELF),
        (PE, NativeFormat.PE),
        (b"\xcf\xfa\xed\xfe" + b"\0" * 60, NativeFormat.MACHO),
        (b"\xca\xfe\xba\xbe\0\0\0\x02" + b"\0" * 60, NativeFormat.MACHO),
        (b"\xca\xfe\xba\xbe\0\0\0\x34" + b"\0" * 60, None),
        (b"\0asm\x01\0\0\0", NativeFormat.WASM),
        (b"MZ is how this text begins" + b" " * 60, None),
        (b"", None),
    ],
)
def test_native_code_is_told_by_its_first_bytes(head: Any, native: Any) -> None:
    assert native_format(head) is native


@pytest.mark.parametrize(
    ("path", "disguised"),
    [("a/logo.png", True), ("a/readme.txt", True), ("a/core.cpython-311-x86_64-linux-gnu.so", False),
     ("a/libx.so.1.2", False), ("bin/tool", False), ("a/tool.exe", False)],
)  # fmt: skip
def test_native_code_under_a_harmless_name(path: Any, disguised: Any) -> None:
    assert is_disguised(path, b"\x7fELF" + b"\0" * 60) is disguised


def test_a_picture_is_no_native_code() -> None:
    assert is_disguised("a/logo.png", b"\x89PNG\r\n") is False
