import pytest

from jobs.corpus.variants.contract import NotApplicableError
from jobs.corpus.variants.packing import read_package
from jobs.corpus.variants.payload_location import locate_payload, python_files
from tests.jobs.corpus.variants.conftest import zip_bytes


def test_python_files_are_sorted_and_include_those_without_a_console():
    package = read_package(zip_bytes({"b.py": "", "a.pyw": "", "c.pyc": "", "d.txt": ""}), "a.whl", "a", "1")
    assert ["a.pyw", "b.py"] == python_files(package)


@pytest.mark.parametrize(
    ("payload_loc", "suspects", "expected"),
    [
        ("setup", (), "setup.py"),
        ("init", (), "quillbox/__init__.py"),
        ("other", (), "quillbox/pen.py"),
        ("other+setup", ("quillbox/pen.py",), "quillbox/pen.py"),
        ("other+setup", ("quillbox/__init__.py", "quillbox/deep/nib.py"), "quillbox/deep/nib.py"),
        ("other+setup", (), "setup.py"),
        ("none_visible", ("quillbox/deep/nib.py",), "quillbox/deep/nib.py"),
        ("none_visible", ("README",), "setup.py"),
        ("", (), "setup.py"),
    ],
)
def test_the_payload_is_where_the_label_and_then_the_evidence_say(sdist, payload_loc, suspects, expected):
    paths = tuple(f"quillbox-1.2/{path}" for path in suspects)
    assert f"quillbox-1.2/{expected}" == locate_payload(sdist, payload_loc, paths)


def test_without_a_label_or_evidence_the_largest_file_is_taken():
    package = read_package(zip_bytes({"setup.py": "x", "a.py": "long = 1\n"}), "a.whl", "a", "1")
    assert "a.py" == locate_payload(package, "", ())


def test_a_package_without_python_has_no_payload():
    with pytest.raises(NotApplicableError, match="no Python file"):
        locate_payload(read_package(zip_bytes({"a": "b"}), "a.whl", "a", "1"), "setup", ())
