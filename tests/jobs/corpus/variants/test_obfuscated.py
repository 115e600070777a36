import pytest

from jobs.corpus.variants import obfuscated as module
from jobs.corpus.variants.contract import NotApplicableError
from jobs.corpus.variants.obfuscated import Obfuscated
from jobs.corpus.variants.packing import pack, read_package
from tests.jobs.corpus.variants.conftest import changed_paths, context_of, zip_bytes


def test_only_the_payloads_file_is_obfuscated(sdist, variant):
    made = Obfuscated().make(sdist, context_of(variant("obfuscated", "payload:base64", payload_loc="setup")))
    assert {"quillbox-1.2/setup.py"} == changed_paths(sdist, made)


def test_of_several_files_the_heaviest_suspect_holds_the_payload(sdist, variant):
    suspects = ("quillbox-1.2/setup.py", "quillbox-1.2/quillbox/deep/nib.py")
    planned = variant("obfuscated", "payload:base64", payload_loc="other")
    made = Obfuscated().make(sdist, context_of(planned, suspects=suspects))
    assert {"quillbox-1.2/quillbox/deep/nib.py"} == changed_paths(sdist, made)


def test_all_files_with_code_are_obfuscated(sdist, variant):
    made = Obfuscated().make(sdist, context_of(variant("obfuscated", "all:hex")))
    assert {path for path, data in sdist.files().items() if path.endswith(".py") and data} == changed_paths(sdist, made)


def test_a_bound_on_files_keeps_the_payload_and_the_suspects(sdist, variant, monkeypatch):
    monkeypatch.setattr(module, "_MAX_FILES", 2)
    suspects = ("quillbox-1.2/quillbox/deep/nib.py",)
    planned = variant("obfuscated", "all:hex", payload_loc="setup")
    made = Obfuscated().make(sdist, context_of(planned, suspects=suspects))
    assert {"quillbox-1.2/setup.py", *suspects} == changed_paths(sdist, made)


def test_the_payload_is_obfuscated_even_where_it_is_over_the_bound_on_bytes(sdist, variant, monkeypatch):
    monkeypatch.setattr(module, "_MAX_BYTES", 1)
    made = Obfuscated().make(sdist, context_of(variant("obfuscated", "all:hex", payload_loc="setup")))
    assert {"quillbox-1.2/setup.py"} == changed_paths(sdist, made)


@pytest.mark.parametrize(
    ("payload_loc", "importer", "line"),
    [
        ("setup", "setup.py", b"sys.path.insert"),
        ("init", "quillbox/__init__.py", b"from ."),
        ("other", "quillbox/pen.py", b"from ."),
    ],
)
def test_a_payload_is_moved_to_a_module_that_its_file_imports(sdist, variant, payload_loc, importer, line):
    suspects = ("quillbox-1.2/quillbox/pen.py", "quillbox-1.2/quillbox/__init__.py")
    planned = variant("obfuscated", "moved:", payload_loc=payload_loc)
    made = Obfuscated().make(sdist, context_of(planned, suspects=suspects))
    changed = changed_paths(sdist, made) - {"quillbox-1.2/quillbox.egg-info/SOURCES.txt"}
    new = changed - set(sdist.files())
    assert {f"quillbox-1.2/{importer}", *new} == changed
    assert 1 == len(new)
    assert sdist.files()[f"quillbox-1.2/{importer}"] == made.files()[new.pop()]
    assert line in made.files()[f"quillbox-1.2/{importer}"]


def test_a_module_without_a_package_is_imported_by_name(variant):
    package = read_package(zip_bytes({"alone.py": b"x = 1\n"}), "alone-1.zip", "alone", "1")
    made = Obfuscated().make(package, context_of(variant("obfuscated", "moved:"))).files()
    [new] = set(made) - {"alone.py"}
    assert f"from {new.removesuffix('.py')} import *\n".encode() == made["alone.py"]


@pytest.mark.parametrize("recipe", ["payload:strings+xor", "all:aliases+rename", "moved:packed"])
def test_the_same_variant_is_the_same_bytes(sdist, variant, recipe):
    first, again, other = (
        pack(Obfuscated().make(sdist, context_of(variant("obfuscated", recipe, seed=seed)))) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_a_package_without_python_is_not_applicable(variant):
    package = read_package(zip_bytes({"a": "b"}), "a.whl", "a", "1")
    with pytest.raises(NotApplicableError, match="no Python file"):
        Obfuscated().make(package, context_of(variant("obfuscated", "all:hex")))
