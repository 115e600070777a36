import ast
from dataclasses import replace
from random import Random

import pytest

from jobs.corpus.variants.contract import NotApplicableError, Package
from jobs.corpus.variants.packing import read_package
from jobs.corpus.variants.transplanted import Transplanted, detach_from_build
from tests.jobs.corpus.variants.conftest import SDIST, context_of, tar_bytes

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


def donor_of(setup: str) -> Package:
    return read_package(tar_bytes({**SDIST, "setup.py": setup}, "bad-1/"), "bad-1.tar.gz", "bad", "1")


@pytest.fixture
def planned(variant):
    donor = replace(variant("transplanted", "x").base, payload_loc="setup")
    return lambda recipe: variant("transplanted", recipe, donor=donor)


def test_a_donors_payload_is_put_into_a_host(sdist, planned):
    made = Transplanted().make(sdist, context_of(planned("module"), donor=donor_of(BAD_SETUP)))
    code = next(data for data in made.files().values() if b"the mark" in data)
    assert b"setup(" not in code
    assert b"Post().run()" in code


def test_a_donors_payload_is_obfuscated_first(sdist, planned):
    made = Transplanted().make(sdist, context_of(planned("module:hex"), donor=donor_of(BAD_SETUP)))
    assert not [data for data in made.files().values() if b"the mark" in data]
    assert made.files() != sdist.files()


def test_suspects_of_the_donor_find_its_payload(sdist, variant):
    donor = replace(variant("transplanted", "x").base, payload_loc="")
    context = context_of(
        variant("transplanted", "import", donor=donor),
        donor=donor_of("setup()\n"),
        donor_suspects=("bad-1/quillbox/deep/nib.py",),
    )
    made = Transplanted().make(sdist, context)
    assert b"NIB = 3" in made.files()["quillbox-1.2/quillbox/__init__.py"]


def test_without_a_donor_it_is_not_applicable(sdist, variant):
    with pytest.raises(NotApplicableError, match="no donor"):
        Transplanted().make(sdist, context_of(variant("transplanted", "module")))


@pytest.mark.parametrize("setup", ["\n", "#" * 600_001])
def test_an_empty_or_large_payload_is_not_applicable(sdist, planned, setup):
    with pytest.raises(NotApplicableError, match="empty or too large"):
        Transplanted().make(sdist, context_of(planned("module"), donor=donor_of(setup)))


def test_a_setup_detached_from_its_build_does_what_its_command_did(capsys):
    exec(detach_from_build(BAD_SETUP.encode(), Random(1)), {})
    assert capsys.readouterr().out.startswith("the mark")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"import distutils.core\nprint(1)\ndistutils.core.setup()\n", b"print(1)\n"),
        (b"from setuptools import setup\nx = setup\n", b"x = setup\n"),
        (
            b"class A(install):\n    def run(self):\n        super().run()\n",
            b"class A:\n\n    def run(self):\n        pass\nA().run()\n",
        ),
        (b"setup()\n", b"setup()\n"),
    ],
    ids=["calls", "imports", "commands", "nothing left"],
)
def test_ties_to_a_build_are_cut(source, expected):
    assert expected == detach_from_build(source, Random(1))


@pytest.mark.parametrize("source", [b"import os\nprint(os.name)\n", b"x = 1\n", b""])
def test_source_that_is_no_setup_stays_as_it_is(source):
    assert source == detach_from_build(source, Random(1))


def test_python_2_is_wrapped():
    made = detach_from_build(b"print 'old'\n", Random(1))
    ast.parse(made)
    assert b"print" not in made
