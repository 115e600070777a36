from random import Random

import pytest

from features.reference.popular_names import popular_names
from jobs.corpus.variants.packing import pack, read_package
from jobs.corpus.variants.typosquat import Typosquat, misspell
from tests.jobs.corpus.variants.conftest import context_of, tar_bytes


@pytest.mark.parametrize("seed", range(5))
def test_an_empty_imitation_is_a_small_sdist_under_a_name_that_is_not_popular(sdist, variant, seed):
    made = Typosquat().make(sdist, context_of(variant("codeless", "empty", seed=seed)))
    assert made.project not in popular_names()
    assert f"Name: {made.project}".encode() in made.files()[f"{made.filename.removesuffix('.tar.gz')}/PKG-INFO"]
    assert sum(len(data) for data in made.files().values()) < 3_000
    assert made == read_package(pack(made), made.filename, made.project, made.version)


def test_an_empty_imitation_takes_its_summary_from_the_base(sdist, variant):
    made = Typosquat().make(sdist, context_of(variant("codeless", "empty")))
    assert b"Summary: writes quills" in made.files()[f"{made.filename.removesuffix('.tar.gz')}/PKG-INFO"]


def test_a_base_without_metadata_gives_a_minimal_one(variant):
    bare = read_package(tar_bytes({"setup.py": ""}), "quillbox-1.2.tar.gz", "quillbox", "1.2")
    made = Typosquat().make(bare, context_of(variant("codeless", "empty")))
    metadata = made.files()[f"{made.filename.removesuffix('.tar.gz')}/PKG-INFO"]
    assert f"Metadata-Version: 2.1\nName: {made.project}\nVersion: {made.version}".encode() == metadata.strip()


@pytest.mark.parametrize("name", ["sdist", "wheel"])
def test_a_copy_has_another_name_and_one_changed_file(request, variant, name):
    host = request.getfixturevalue(name)
    made = Typosquat().make(host, context_of(variant("codeless", "copy", payload="env-post")))
    assert host.project != made.project
    assert made.filename.startswith(made.project.replace("-", "_"))
    assert not [path for path in made.files() if path.startswith("quillbox-1.2")]
    assert 1 == len([path for path, data in made.files().items() if b"192.0.2.44" in data])
    metadata = next(data for path, data in made.files().items() if path.endswith(("PKG-INFO", "METADATA")))
    assert f"Name: {made.project}".encode() in metadata


def test_the_record_of_a_copied_wheel_lists_its_files(wheel, variant):
    made = Typosquat().make(wheel, context_of(variant("codeless", "copy", payload="env-post")))
    record = next(data for path, data in made.files().items() if path.endswith("RECORD")).decode()
    assert {line.split(",")[0] for line in record.splitlines()} == set(made.files())


def test_only_the_head_of_metadata_is_renamed(sdist, variant):
    files = {"PKG-INFO": "Name: quillbox\nVERSION: 1.2\n\nName: quillbox\n", "quillbox.py": "x = 1\n", "setup.py": ""}
    host = read_package(tar_bytes(files), "quillbox-1.2.tar.gz", "quillbox", "1.2")
    made = Typosquat().make(host, context_of(variant("codeless", "copy", payload="env-post")))
    metadata = next(data for path, data in made.files().items() if path.endswith("PKG-INFO")).decode()
    assert f"Name: {made.project}\nVersion: 1.2\n\nName: quillbox\n" == metadata


@pytest.mark.parametrize("name", ["requests", "python-dateutil", "six", "ab"])
def test_a_misspelling_differs_from_its_name_and_is_not_popular(name):
    rng = Random(1)
    for _ in range(50):
        made = misspell(name, rng)
        assert name != made
        assert made not in popular_names()
        assert made[0].isalnum()
        assert 2 < len(made) <= len(name) + len("python-")
