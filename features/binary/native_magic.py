"""Recognises native code by its first bytes, and native code under a misleading name."""

from enum import StrEnum


class NativeFormat(StrEnum):
    """A format of native code."""

    ELF = "elf"
    PE = "pe"
    MACHO = "macho"
    WASM = "wasm"


_MACHO = frozenset(
    {
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
        b"\xbe\xba\xfe\xca",
    }
)

NATIVE_SUFFIXES = frozenset({
    "so", "pyd", "dll", "dylib", "exe", "bin", "o", "a", "lib", "node", "wasm", "sys", "com", "scr", "ocx",
    "cpl", "efi", "elf", "out", "ko", "bundle", "mexa64", "mexw64",
})  # fmt: skip
"""Suffixes of native code; a name without a suffix is not misleading."""


def native_format(head: bytes) -> NativeFormat | None:
    """Return the format of native code that begins with `head` (at least its first 64 bytes), else None."""
    if head[:4] == b"\x7fELF":
        return NativeFormat.ELF
    if head[:4] == b"\0asm":
        return NativeFormat.WASM
    if head[:4] in _MACHO:
        # A Java class has the magic of a fat Mach-O, then a version instead of the small number of slices.
        fat = head[:4] == b"\xca\xfe\xba\xbe"
        return None if fat and int.from_bytes(head[4:8], "big") > 30 else NativeFormat.MACHO
    if head[:2] == b"MZ" and len(head) >= 64:
        at = int.from_bytes(head[60:64], "little")
        if head[at : at + 4] == b"PE\0\0" or (at > len(head) - 4 and at < 2**20):
            return NativeFormat.PE
    return None


def is_disguised(path: str, head: bytes) -> bool:
    """Return whether native code has a misleading name (`logo.png`)."""
    base = path.rpartition("/")[2].lower()
    suffixes = base.split(".")[1:]
    if not suffixes or native_format(head) is None:
        return False
    return not any(suffix in NATIVE_SUFFIXES for suffix in suffixes)
