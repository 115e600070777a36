import base64
import hashlib
import io
import tarfile
import zipfile

import pytest

from jobs.demo.package import build_sdist, build_wheel, metadata_text
from jobs.demo.template import read_projects

PROJECTS = {project.name: project for project in read_projects()}


def test_an_sdist_has_one_root_and_its_metadata():
    project = PROJECTS["csvquill"]
    release = project.releases[0]
    filename, content = build_sdist(project, release.version, release.time)
    assert filename == "csvquill-2.0.0.tar.gz"
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        names = archive.getnames()
        metadata = archive.extractfile("csvquill-2.0.0/PKG-INFO")
        assert metadata is not None
        text = metadata.read().decode()
    assert {name.partition("/")[0] for name in names} == {"csvquill-2.0.0"}
    for path in ("setup.py", "LICENSE", "csvquill.egg-info/SOURCES.txt", "tests/test_types.py"):
        assert f"csvquill-2.0.0/{path}" in names
    assert "Name: csvquill\nVersion: 2.0.0\n" in text


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS)
def test_the_record_of_a_wheel_lists_every_file_with_its_digest(project):
    for release in project.releases:
        if "wheel" not in release.kinds:
            continue
        filename, content = build_wheel(project, release.version, release.time)
        assert filename.endswith("-py3-none-any.whl")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            [record] = [name for name in archive.namelist() if name.endswith("/RECORD")]
            lines = dict(line.split(",", 1) for line in archive.read(record).decode().splitlines())
            assert set(lines) == set(archive.namelist())
            for name in archive.namelist():
                if name != record:
                    digest = base64.urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest()).rstrip(b"=").decode()
                    assert lines[name] == f"sha256={digest},{archive.getinfo(name).file_size}"


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS)
def test_a_build_has_the_same_bytes_every_time(project):
    release = project.releases[-1]
    for build in (build_sdist, build_wheel):
        assert build(project, release.version, release.time) == build(project, release.version, release.time)


def test_a_project_without_a_topic_has_sparse_metadata():
    sparse = next(project for project in PROJECTS.values() if not project.field("Topic"))
    text = metadata_text(sparse, sparse.releases[0].version)
    assert "License:" not in text
    assert "Classifier:" not in text


@pytest.mark.parametrize(
    ("build", "generator"),
    [("setuptools", "bdist_wheel"), ("setup.py", "bdist_wheel"), ("flit", "flit"), ("hatchling", "hatchling")],
)
def test_a_wheel_names_the_tool_that_would_have_built_it(build, generator):
    project = next(project for project in PROJECTS.values() if project.field("Build") == build)
    _, content = build_wheel(project, project.releases[0].version, project.releases[0].time)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (wheel,) = [name for name in archive.namelist() if name.endswith(".dist-info/WHEEL")]
        assert f"Generator: {generator} " in archive.read(wheel).decode()


def test_tests_and_docs_are_not_installed():
    project = PROJECTS["csvquill"]
    release = next(release for release in project.releases if "wheel" in release.kinds)
    _, content = build_wheel(project, release.version, release.time)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not [name for name in archive.namelist() if name.startswith(("tests/", "docs/")) or name == "setup.py"]
