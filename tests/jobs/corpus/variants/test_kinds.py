import ast
import dataclasses
import random

import pytest

from features.reference.popular_names import popular_names
from jobs.corpus.variants.codeless import imitate
from jobs.corpus.variants.contract import Order, UnfitError
from jobs.corpus.variants.packing import pack, read_package
from jobs.corpus.variants.payloadfile import payload_file
from jobs.corpus.variants.registry import KINDS, find_kind
from jobs.corpus.variants.transplanted import loosen
from tests.jobs.corpus.variants.conftest import SDIST, tar_bytes, zip_bytes
from tests.test_layout import ROOT

BAD_SETUP = """import os
from setuptools import setup
from setuptools.command.install import install

def report():
    print("the mark", os.name)

class Post(install):
    def run(self):
        install.run(self)
        report()

setup(name="bad", cmdclass={"install": Post})
"""


def order_of(variant, **more) -> Order:
    return Order(variant, variant.random(), **more)


def changed_paths(before, after) -> set[str]:
    return {path for path, data in after.files().items() if before.files().get(path) != data}


def test_every_kind_on_disk_is_registered():
    folder = ROOT / "jobs" / "corpus" / "variants"
    modules = {path.stem for path in folder.glob("*.py") if "\n    def make(self" in path.read_text()} - {"contract"}
    assert modules == {kind.name for kind in KINDS}
    assert all(find_kind(kind.name) is kind and kind.recipes for kind in KINDS)


def test_only_the_payloads_file_is_obfuscated(sdist, variant):
    one = variant("obfuscated", "payload:base64", payload_loc="setup")
    made = find_kind("obfuscated").make(sdist, order_of(one))
    assert {"quillbox-1.2/setup.py"} == changed_paths(sdist, made)
    one = variant("obfuscated", "payload:base64", payload_loc="other")
    made = find_kind("obfuscated").make(
        sdist, order_of(one, heavy=("quillbox-1.2/setup.py", "quillbox-1.2/quillbox/deep/nib.py"))
    )
    assert {"quillbox-1.2/quillbox/deep/nib.py"} == changed_paths(sdist, made)


def test_all_files_are_obfuscated(sdist, variant):
    made = find_kind("obfuscated").make(sdist, order_of(variant("obfuscated", "all:hex")))
    assert {path for path, data in sdist.files().items() if path.endswith(".py") and data} == changed_paths(sdist, made)


@pytest.mark.parametrize(
    ("payload_loc", "importer", "line"),
    [
        ("setup", "setup.py", b"sys.path.insert"),
        ("init", "quillbox/__init__.py", b"from ."),
        ("other", "quillbox/pen.py", b"from ."),
    ],
)
def test_a_payload_is_moved_to_a_module_that_its_file_imports(sdist, variant, payload_loc, importer, line):
    made = find_kind("obfuscated").make(
        sdist,
        order_of(
            variant("obfuscated", "moved:", payload_loc=payload_loc),
            heavy=("quillbox-1.2/quillbox/pen.py", "quillbox-1.2/quillbox/__init__.py"),
        ),
    )
    changed = changed_paths(sdist, made) - {"quillbox-1.2/quillbox.egg-info/SOURCES.txt"}
    new = changed - set(sdist.files())
    assert {f"quillbox-1.2/{importer}", *new} == changed
    assert 1 == len(new)
    assert sdist.files()[f"quillbox-1.2/{importer}"] == made.files()[new.pop()]
    assert line in made.files()[f"quillbox-1.2/{importer}"]


@pytest.mark.parametrize("recipe", ["payload:strings+xor", "all:aliases+rename", "moved:packed"])
def test_the_same_variant_is_the_same_bytes(sdist, variant, recipe):
    first, again = (
        pack(find_kind("obfuscated").make(sdist, order_of(variant("obfuscated", recipe)))) for _ in range(2)
    )
    other = pack(find_kind("obfuscated").make(sdist, order_of(variant("obfuscated", recipe, seed=2))))
    assert first == again
    assert first != other


def test_our_payload_is_injected_plain_or_obfuscated(sdist, variant):
    plain = find_kind("injected").make(sdist, order_of(variant("injected", "import", payload="env-post")))
    assert any(b"192.0.2.44" in data for data in plain.files().values())
    hidden = find_kind("injected").make(sdist, order_of(variant("injected", "import:base64", payload="env-post")))
    assert not any(b"192.0.2.44" in data for data in hidden.files().values())


def test_a_donors_payload_is_moved_into_a_host(sdist, variant):
    donor = read_package(tar_bytes({**SDIST, "setup.py": BAD_SETUP}, "bad-1/"), "bad-1.tar.gz", "bad", "1")
    source = dataclasses.replace(variant("transplanted", "x").base, payload_loc="setup")
    one = variant("transplanted", "module", donor=source)
    made = find_kind("transplanted").make(sdist, order_of(one, donor=donor))
    code = next(data for data in made.files().values() if b"the mark" in data)
    assert b"setup(" not in code
    assert b"Post().run()" in code
    with pytest.raises(UnfitError, match="no donor"):
        find_kind("transplanted").make(sdist, order_of(variant("transplanted", "module")))
    empty = read_package(tar_bytes({"setup.py": "\n"}, "bad-1/"), "bad-1.tar.gz", "bad", "1")
    with pytest.raises(UnfitError, match="empty or too large"):
        find_kind("transplanted").make(sdist, order_of(one, donor=empty))


def test_a_setup_without_its_build_does_what_its_command_did(capsys):
    exec(loosen(BAD_SETUP.encode(), random.Random(1)), {})
    assert capsys.readouterr().out.startswith("the mark")


@pytest.mark.parametrize("source", [b"import os\nprint(os.name)\n", b"x = 1\n"])
def test_source_that_is_no_setup_is_left_as_it_is(source):
    assert source == loosen(source, random.Random(1))


def test_old_python_is_wrapped():
    made = loosen(b"print 'old'\n", random.Random(1))
    ast.parse(made)
    assert b"print" not in made


@pytest.mark.parametrize("seed", range(5))
def test_an_imitation_is_nearly_empty_and_near_a_popular_name(sdist, variant, seed):
    made = find_kind("codeless").make(sdist, order_of(variant("codeless", "empty", seed=seed)))
    assert made.project not in popular_names()
    assert f"Name: {made.project}".encode() in made.files()[f"{made.filename.removesuffix('.tar.gz')}/PKG-INFO"]
    assert sum(len(data) for data in made.files().values()) < 3_000
    assert made == read_package(pack(made), made.filename, made.project, made.version)


@pytest.mark.parametrize("name", ["sdist", "wheel"])
def test_a_copy_has_another_name_and_one_changed_file(request, variant, name):
    host = request.getfixturevalue(name)
    made = find_kind("codeless").make(host, order_of(variant("codeless", "copy", payload="env-post")))
    assert host.project != made.project
    assert made.filename.startswith(made.project.replace("-", "_"))
    assert not [path for path in made.files() if path.startswith("quillbox-1.2")]
    assert 1 == len([path for path, data in made.files().items() if b"192.0.2.44" in data])
    told = next(data for path, data in made.files().items() if path.endswith(("PKG-INFO", "METADATA")))
    assert f"Name: {made.project}".encode() in told
    if name == "wheel":
        record = next(data for path, data in made.files().items() if path.endswith("RECORD")).decode()
        assert {line.split(",")[0] for line in record.splitlines()} == set(made.files())


def test_imitating_names_differ_from_what_they_imitate():
    numbers = random.Random(1)
    for name in ("requests", "python-dateutil", "six", "ab"):
        assert all(name != (made := imitate(name, numbers)) and made not in popular_names() for _ in range(50))


def test_the_control_is_what_it_was(sdist, variant):
    assert sdist == find_kind("repacked").make(sdist, order_of(variant("repacked", "same")))


@pytest.mark.parametrize(
    ("payload_loc", "heavy", "wanted"),
    [
        ("setup", (), "setup.py"),
        ("init", (), "quillbox/__init__.py"),
        ("other", (), "quillbox/pen.py"),
        ("other+setup", ("quillbox/pen.py",), "quillbox/pen.py"),
        ("other+setup", (), "setup.py"),
        ("none_visible", ("quillbox/deep/nib.py",), "quillbox/deep/nib.py"),
        ("", (), "setup.py"),
    ],
)
def test_the_payloads_file(sdist, payload_loc, heavy, wanted):
    said = tuple(f"quillbox-1.2/{path}" for path in heavy)
    assert f"quillbox-1.2/{wanted}" == payload_file(sdist, payload_loc, said)


def test_without_python_there_is_no_payload():
    with pytest.raises(UnfitError, match="no Python file"):
        payload_file(read_package(zip_bytes({"a": "b"}), "a.whl", "a", "1"), "setup", ())
