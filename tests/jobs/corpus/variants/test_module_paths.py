import pytest

from jobs.corpus.variants.contract import ArchiveMember, NotApplicableError, Package
from jobs.corpus.variants.module_paths import find_module_paths


def package(*paths: str, filename: str = "quill-box-1.tar.gz") -> Package:
    return Package(filename, "quill-box", "1", "tar.gz", tuple(ArchiveMember(path, b"x = 1\n") for path in paths))


@pytest.mark.parametrize(
    ("paths", "root", "setup", "init", "inner"),
    [
        (("q-1/setup.py", "q-1/quill_box/__init__.py", "q-1/quill_box/a.py", "q-1/tests/__init__.py"),
         "q-1/", "q-1/setup.py", "q-1/quill_box/__init__.py", ("q-1/quill_box/a.py",)),
        (("q-1/src/quill_box/__init__.py", "q-1/docs/__init__.py"), "q-1/", "", "q-1/src/quill_box/__init__.py", ()),
        (("a/__init__.py", "quill_box/__init__.py", "q-1.dist-info/METADATA"), "", "", "quill_box/__init__.py", ()),
        (("a/__init__.py", "b/__init__.py", "b/c.py", "q-1.dist-info/METADATA"), "", "", "b/__init__.py", ("b/c.py",)),
        (("q-1/setup.py", "q-1/quill_box.py", "q-1/aaa.py"), "q-1/", "q-1/setup.py", "q-1/quill_box.py", ()),
        (("q-1/setup.py", "q-1/README"), "q-1/", "q-1/setup.py", "", ()),
        (("__init__.py", "setup.py"), "", "setup.py", "", ()),
    ],
)  # fmt: skip
def test_setup_main_package_and_inner_modules_are_found(paths, root, setup, init, inner):
    found = find_module_paths(package(*paths))
    assert (root, setup, init, inner) == (found.root, found.setup, found.init, found.inner)


def test_a_package_without_modules_has_no_init():
    with pytest.raises(NotApplicableError, match="no package and no module"):
        find_module_paths(package("q-1/setup.py")).require_init(package("q-1/setup.py"))
