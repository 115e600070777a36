"""Payloads put into what a host has: sources that are compiled, pages, notebooks, lists of requirements."""

import json
import re

import pytest

from jobs.corpus.payloads.places import compiled, declared, pages
from jobs.corpus.payloads.registry import find_family
from jobs.corpus.variants.contract import NotApplicableError, Package
from jobs.corpus.variants.packing import with_files
from tests.jobs.corpus.payloads.conftest import assert_sound, draft_of

ROOT = "quillbox-1.2/"
MODULE = (
    "#include <Python.h>\n#include <math.h>\n\nstatic struct PyModuleDef def;\n\n"
    "PyMODINIT_FUNC\nPyInit_fast(void)\n{\n    return PyModule_Create(&def);\n}\n"
)
HELD = {
    "src/module.c": MODULE,
    "src/ext.cpp": "#include <string>\nint ext() { return 1; }\n",
    "src/ext.h": "#pragma once\nint ext();\n",
    "Cargo.toml": '[package]\nname = "fast"\nversion = "0.1.0"\n\n[dependencies]\npyo3 = "0.22"\n',
    "build.rs": 'fn main() {\n    println!("cargo:rerun-if-changed=build.rs");\n}\n',
    "src/lib.rs": "pub fn add(a: i64) -> i64 {\n    a\n}\n",
    "quillbox/_fast.pyx": "cpdef int add(int a):\n    return a\n# the last line of this module\n",
    "go/main.go": "package main\n\nfunc main() {}\n",
    "CMakeLists.txt": "cmake_minimum_required(VERSION 3.18)\nproject(fast C)\n",
    "meson.build": "project('fast', 'c')\n",
    "configure": "#! /bin/sh\necho checking\n",
    "quillbox/static/index.html": "<!doctype html><html><body><p>Quills and pens</p></body></html>\n",
    "quillbox/static/pen.svg": '<svg viewBox="0 0 9 9"><circle cx="3" cy="3" r="2"/></svg>\n',
    "quillbox/package.json": '{"name": "quillbox", "scripts": {"build": "tsc"}}\n' + " " * 20,
    "quillbox/tour.ipynb": json.dumps({"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# Tour"]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
}  # fmt: skip
IN_PLACE = {
    "c-module-init": r"src/module\.c$",
    "c-embedded-python": r"src/module\.c$",
    "cpp-static-object": r"src/ext\.cpp$",
    "rust-build-fetch": r"/build\.rs$",
    "rust-library": r"src/lib\.rs$",
    "cython-module": r"_fast\.pyx$",
    "cmake-fetch": r"CMakeLists\.txt$",
    "meson-wrap": r"meson\.build$",
    "configure-script": r"/configure$",
    "page-inline": r"index\.html$",
    "script-loader": r"page\.js$",
    "script-wallet": r"page\.js$",
    "script-hidden": r"page\.js$",
    "picture-script": r"pen\.svg$",
    "notebook-cell": r"tour\.ipynb$",
    "package-json": r"package\.json$",
    "requirement-in-list": r"requirements\.txt$",
}


def rich(name: str, seed: int) -> tuple[Package, list[str]]:
    draft = draft_of("sdist", seed=seed)
    package = with_files(draft.package, {ROOT + path: text.encode() for path, text in HELD.items()})
    draft = type(draft)(package, draft.words, draft.rng, dress=draft.dress, trigger=draft.trigger)
    find_family(name).build(draft)
    return draft.finish(), draft.members


@pytest.mark.parametrize("name", IN_PLACE)
def test_a_family_changes_the_file_that_a_host_has(name):
    for seed in range(4):
        made, members = rich(name, seed)
        assert_sound(made)
        path = next(m for m in members if re.search(IN_PLACE[name], m))
        held = HELD.get(path.removeprefix(ROOT), "")
        assert made.files()[path] != held.encode()
        assert len(made.files()[path]) > len(held)


@pytest.mark.parametrize("name", ["c-header", "rust-proc-macro", "cargo-settings", "go-source"])
def test_a_family_adds_to_the_crate_or_sources_of_a_host(name):
    for seed in range(6):
        made, members = rich(name, seed)
        assert_sound(made)
        assert members


def test_the_function_that_initialises_a_module_calls_the_new_one_before_it_returns():
    made, _ = rich("c-module-init", 3)
    text = made.files()[f"{ROOT}src/module.c"].decode()
    call = re.search(r"PyInit_fast\(void\)\n\{\n\s*(\w+)\(\);", text)
    assert call
    assert text.index(f"{call[1]}(void) ") < call.start()
    assert text.index("#include <math.h>") < text.index(f"{call[1]}(void) ")


def test_a_build_script_that_is_there_calls_the_new_function():
    made, _ = rich("rust-build-fetch", 1)
    text = made.files()[f"{ROOT}build.rs"].decode()
    call = re.search(r"fn main\(\) \{\n    (\w+)\(\);", text)
    assert call
    assert f"fn {call[1]}()" in text
    assert 1 == text.count("fn main()")


def test_a_notebook_stays_a_notebook_and_keeps_its_cells():
    for seed in range(6):
        made, _ = rich("notebook-cell", seed)
        cells = json.loads(made.files()[f"{ROOT}quillbox/tour.ipynb"])["cells"]
        assert 2 == len(cells)
        assert ["# Tour"] in [cell["source"] for cell in cells]


def test_a_package_json_keeps_its_scripts_and_gets_one_that_installs():
    made, _ = rich("package-json", 2)
    scripts = json.loads(made.files()[f"{ROOT}quillbox/package.json"])["scripts"]
    assert "tsc" == scripts["build"]
    assert {"postinstall", "preinstall"} & set(scripts)


def test_most_hosts_without_such_a_file_are_passed_over():
    built = 0
    for seed in range(60):
        try:
            compiled.rust_library(draft_of("sdist", seed=seed))
            built += 1
        except NotApplicableError:
            continue
    assert 0 < built < 30


def test_a_required_name_is_exchanged_for_its_like_everywhere():
    draft = draft_of("sdist", seed=4)
    declared.replaced(draft)
    made = draft.finish().files()
    for path in (f"{ROOT}PKG-INFO", f"{ROOT}setup.py", f"{ROOT}requirements.txt"):
        assert not re.search(rb"\bfeather\b(?!-)", made[path]), path
    assert b"writes quills" in made[f"{ROOT}PKG-INFO"]


def test_a_look_alike_is_never_the_name_itself():
    for seed in range(200):
        draft = draft_of("sdist", seed=seed)
        for name in ("pandas", "scikit-learn", "redis", "discord.py"):
            assert name != declared.look_alike(draft, name)


def test_hidden_statements_are_not_readable_in_the_script():
    for seed in range(8):
        draft = draft_of("wheel", seed=seed)
        pages.script_hidden(draft)
        new = draft.files["quillbox/static/page.js"].decode()
        assert "sendBeacon(" not in new
        assert "198.51" not in new
