"""Native code by its first bytes: which system it is for, and whether its name says that it is code."""

from enum import StrEnum


class Native(StrEnum):
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

SUFFIXES = frozenset({
    "so", "pyd", "dll", "dylib", "exe", "bin", "o", "a", "lib", "node", "wasm", "sys", "com", "scr", "ocx",
    "cpl", "efi", "elf", "out", "ko", "bundle", "mexa64", "mexw64",
})  # fmt: skip
"""Suffixes under which native code is what it says it is; a name without a suffix promises nothing else."""


def sniff_native(head: bytes) -> Native | None:
    """Return the format of native code that begins with `head` (at least its first 64 bytes), else None."""
    if head[:4] == b"\x7fELF":
        return Native.ELF
    if head[:4] == b"\0asm":
        return Native.WASM
    if head[:4] in _MACHO:
        # A Java class begins like a fat Mach-O; the number that follows is its version, and not a few slices.
        fat = head[:4] == b"\xca\xfe\xba\xbe"
        return None if fat and int.from_bytes(head[4:8], "big") > 30 else Native.MACHO
    if head[:2] == b"MZ" and len(head) >= 64:
        at = int.from_bytes(head[60:64], "little")
        if head[at : at + 4] == b"PE\0\0" or (at > len(head) - 4 and at < 2**20):
            return Native.PE
    return None


def is_disguised(path: str, head: bytes) -> bool:
    """Tell whether native code stands under a name that says it is something else (`logo.png`)."""
    base = path.rpartition("/")[2].lower()
    suffixes = base.split(".")[1:]
    if not suffixes or sniff_native(head) is None:
        return False
    return not any(suffix in SUFFIXES for suffix in suffixes)
