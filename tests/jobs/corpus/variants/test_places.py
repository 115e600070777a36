import pytest

from jobs.corpus.variants.contract import Entry, Package, UnfitError
from jobs.corpus.variants.places import find_places


def package(*paths: str, filename: str = "quill-box-1.tar.gz") -> Package:
    return Package(filename, "quill-box", "1", "tar.gz", tuple(Entry(path, b"x = 1\n") for path in paths))


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
def test_places_are_found(paths, root, setup, init, inner):
    places = find_places(package(*paths))
    assert (root, setup, init, inner) == (places.root, places.setup, places.init, places.inner)


def test_nothing_to_import_is_unfit():
    with pytest.raises(UnfitError, match="no package and no module"):
        find_places(package("q-1/setup.py")).require_init(package("q-1/setup.py"))
