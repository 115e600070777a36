from change_builders import change, sdist, wheel

from features.contract import DeclaredFields

BASE = DeclaredFields("A", "a@demo.example", home_page="https://demo.example", build_backend="hatchling.build")


def columns(new, kind=sdist, base=BASE):
    made = change(sdist("1.0", declared=base), kind("1.1", declared=new))
    names = ("author", "email", "email_domain", "home_page", "build_backend")
    return [name for name in names if made[f"change_{name}"]], made["declared_changes"]


def test_equal_fields_are_no_change():
    assert ([], []) == columns(BASE)


def test_another_author_is_told_with_both_names():
    found, listed = columns(BASE._replace(author="B"))
    assert (["author"], [{"field": "author", "before": "A", "after": "B"}]) == (found, listed)


def test_another_address_in_the_same_domain_and_in_another_one_differ():
    assert ["email"] == columns(BASE._replace(author_email="b@demo.example"))[0]
    assert ["email", "email_domain"] == columns(BASE._replace(author_email="a@mail.invalid"))[0]


def test_a_field_that_appears_or_goes_is_listed_but_is_no_other_person():
    found, listed = columns(BASE._replace(author=""))
    assert ([], ["author"]) == (found, [each["field"] for each in listed])


def test_another_build_backend_is_told_of_two_sdists_only():
    other = BASE._replace(build_backend="local_backend")
    assert ["build_backend"] == columns(other)[0]
    assert ([], []) == columns(BASE._replace(build_backend=""), wheel)
