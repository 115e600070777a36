import pytest

from features.contract import Kind
from features.surfaces.requirement_places import MOST_UNKNOWN, find_requirement_places

HEAD = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
METADATA = "demo-1.0.dist-info/METADATA"


def found(release):
    return [(place.rule, place.line, place.excerpt) for place in find_requirement_places(release)]


@pytest.mark.parametrize(
    ("requirement", "rule"),
    [
        ("goats-of-nobody>=0.1", "requirement_unknown"),
        ("reqeusts", "requirement_slip"),
        ("helper @ https://files.example/helper.zip", "requirement_address"),
        ("numpy @ git+https://198.51.100.4/numpy", "requirement_address"),
    ],
)
def test_a_requirement_worth_a_look_has_a_line(make_release, requirement, rule):
    release = make_release({METADATA: f"{HEAD}Requires-Dist: numpy>=1\nRequires-Dist: {requirement}\n\nText.\n"})
    assert found(release) == [(rule, 5, f"Requires-Dist: {requirement}")]


def test_popular_own_and_sister_projects_are_left_alone(make_release):
    lines = "".join(f"Requires-Dist: {name}\n" for name in ("requests", "Numpy", "demo[extra]", "demo-plugin"))
    assert found(make_release({METADATA: HEAD + lines})) == []


def test_unknown_ones_are_few_and_those_of_an_extra_come_last(make_release):
    lines = "".join(f'Requires-Dist: extra-goat{number}; extra == "x"\n' for number in range(MOST_UNKNOWN))
    release = make_release({METADATA: f"{HEAD}{lines}Requires-Dist: goats-of-nobody\n"})
    assert [4 + MOST_UNKNOWN, 4, 5, 6] == [line for _, line, _ in found(release)]


def test_a_requirement_of_the_build_is_found_in_pyproject(make_release):
    text = '[build-system]\nrequires = [\n  "setuptools",\n  "goats_of_nobody",\n]\n\n[project]\nname = "demo"\nversion = "1"\n'
    release = make_release({"pyproject.toml": text}, Kind.SDIST, root="demo-1.0/")
    assert found(release) == [("requirement_unknown", 4, '"goats_of_nobody",')]
    (place,) = find_requirement_places(release)
    assert place.factor == 2.0


def test_a_release_without_metadata_has_none(make_release):
    assert found(make_release({"a.py": "x = 1\n"})) == []
