import pyarrow as pa
from change_builders import change, wheel

from features.contract import Requirement

BASE = wheel("1.0", requires=[Requirement("numpy", ">=1"), Requirement("rich", extra="cli", marker="extra == 'cli'")])


def columns(*requires, **facts):
    made = change(BASE, wheel("1.1", requires=requires), **facts)
    return {name.removeprefix("change_requires"): made[name] for name in made if "_requires" in name and made[name]}


def test_requirements_of_the_base_are_not_new():
    assert {} == columns(Requirement("numpy", ">=2"), Requirement("rich", extra="all", marker="extra == 'all'"))


def test_a_new_requirement_is_listed():
    found = columns(Requirement("demo-helper-zz"))
    assert (1, 1, ["demo-helper-zz"]) == (found[""], found["_core"], [each["name"] for each in found["new_requires"]])


def test_a_requirement_that_an_extra_asked_for_is_new_where_it_becomes_one_of_all():
    assert {"", "_core"} <= set(columns(Requirement("rich")))


def test_a_requirement_by_address_is_new_even_of_a_known_project():
    found = columns(Requirement("numpy", url="https://203.0.113.5/numpy.tar.gz"))
    assert (1, 1) == (found[""], found["_address"])


def test_a_name_that_is_almost_popular_is_told():
    assert 1 == columns(Requirement("reqeusts"))["_imitating"]
    found = columns(Requirement("requests"))
    assert (1, None) == (found["_popular"], found.get("_imitating"))


def test_a_requirement_that_cannot_be_read_is_new_by_its_text():
    base = wheel("1.0", requires=[Requirement("", "???")])
    new = wheel("1.1", requires=[Requirement("", "???"), Requirement("", "!!!")])
    assert 1 == change(base, new)["change_requires_unparsable"]


def test_a_requirement_that_is_fixed_to_one_version_is_told():
    assert {"_pinned": 1} == columns(Requirement("numpy", "==1.2.3"))
    assert {} == columns(Requirement("numpy", "==1.*"))


def test_projects_that_the_mirror_has_not_are_context():
    facts = {"projects": pa.array(["demo", "numpy"])}
    assert 1 == columns(Requirement("demo-helper-zz"), **facts)["context_requires_unknown"]
    assert "context_requires_unknown" not in columns(Requirement("demo"), **facts)
    assert change(BASE, wheel("1.1"))["context_requires_unknown"] is None
