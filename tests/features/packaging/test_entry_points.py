import pytest

from features.contract import DeclaredEntryPoint
from features.limits import Limits
from features.opening import open_release
from features.packaging.entry_points import read_entry_points

DEMO = DeclaredEntryPoint("console_scripts", "demo", "demo.cli:main")
TEXT = "[console_scripts]\ndemo = demo.cli:main\n"


def points_of(path):
    release = open_release(path, path.name, Limits()).release
    assert release is not None
    return read_entry_points(release)


def test_the_entry_points_of_a_wheel(make_wheel):
    assert (DEMO,) == points_of(
        make_wheel({"demo-1.0.dist-info/entry_points.txt": TEXT, "a/entry_points.txt": "[x]\ny=z"})
    )


def test_every_entry_points_file_of_a_wheel_counts(make_wheel):
    files = {"demo-1.0.dist-info/entry_points.txt": TEXT, "Demo-1.0.dist-info/entry_points.txt": "[pytest11]\nx = y\n"}
    assert (DEMO, DeclaredEntryPoint("pytest11", "x", "y")) == points_of(make_wheel(files))


@pytest.mark.parametrize(
    "files",
    [
        {"demo.egg-info/entry_points.txt": TEXT, "setup.py": "setup(entry_points={'x': ['y = z']})"},
        {"pyproject.toml": '[project]\nname = "demo"\n[project.scripts]\ndemo = "demo.cli:main"\n'},
        {"setup.cfg": "[options.entry_points]\nconsole_scripts =\n    demo = demo.cli:main\n"},
        {
            "setup.py": "from setuptools import setup\nsetup(entry_points={'console_scripts': ['demo = demo.cli:main']})\n"
        },
        {"setup.py": "POINTS = {'console_scripts': ['demo=demo.cli:main']}\nsetup(entry_points=POINTS)\n"},
    ],
    ids=", ".join,
)
def test_the_entry_points_of_an_sdist(make_sdist, files):
    assert (DEMO,) == points_of(make_sdist(files))


@pytest.mark.parametrize(
    "files",
    [
        {"setup.py": "setup(entry_points=computed())"},
        {"setup.cfg": "scripts ="},
        {"pyproject.toml": "scripts = ("},
        {"docs/setup.py": "setup(entry_points={'x': ['y = z']})"},
    ],
)
def test_what_is_computed_or_broken_or_elsewhere_is_no_entry_point(make_sdist, files):
    assert () == points_of(make_sdist(files))
