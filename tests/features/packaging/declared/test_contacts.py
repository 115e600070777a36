"""The people that a release names."""

import pytest

from features.packaging.declared.contacts import FREE_MAIL, contact_values
from features.packaging.metadata import CoreMetadata


def test_nobody_named_has_no_figures() -> None:
    assert contact_values(CoreMetadata()) == {
        "author_present": False,
        "maintainer_present": False,
        "email_present": False,
    }


def test_the_maintainer_stands_in_for_an_absent_author() -> None:
    values = contact_values(CoreMetadata(maintainer="Ada Lovelace"))
    assert (values["author_present"], values["author_words"], values["maintainer_present"]) == (True, 2, True)
    same = contact_values(CoreMetadata(author="Ada", maintainer="Ada"))
    assert same["maintainer_present"] is False


def test_an_author_named_like_the_project_shows() -> None:
    assert contact_values(CoreMetadata(name="sheep-counter", author="Sheep_Counter"))["author_is_name"] is True
    assert contact_values(CoreMetadata(name="sheep-counter", author="Ada"))["author_is_name"] is False


@pytest.mark.parametrize(
    ("email", "noun", "expected"),
    [
        ("ada@engine.example", "email_valid", True),
        ("ada@engine", "email_valid", False),
        ("@engine.example", "email_valid", False),
        ("a b@engine.example", "email_valid", False),
        ("ada@GMAIL.com", "email_free", True),
        ("ada@engine.example", "email_free", False),
        ("ada@", "email_free", None),
        ("x@mailinator.com", "email_disposable", True),
        ("x@engine.example", "email_disposable", False),
        ("a1b2@engine.example", "email_digits", 0.5),
        ("lovelace@engine.example", "email_names_author", True),
        ("x@lovelace.example", "email_names_author", True),
        ("zoe@engine.example", "email_names_author", False),
        ("ad@engine.example", "email_names_author", False),
        ("ada@www.meadow.example", "email_matches_homepage", True),
        ("ada@engine.example", "email_matches_homepage", False),
        ("ada@", "email_matches_homepage", None),
    ],
)
def test_an_address_is_judged(email: str, noun: str, expected: object) -> None:
    declared = CoreMetadata(author="Ada Lovelace", emails=(email,), homepage="https://docs.meadow.example/x")
    assert contact_values(declared)[noun] == expected


def test_only_the_first_address_counts_and_without_an_author_nothing_is_compared() -> None:
    values = contact_values(CoreMetadata(emails=("zoe@engine.example", "broken")))
    assert (values["email_valid"], values["email_names_author"], values["email_matches_homepage"]) == (True, None, None)


def test_free_mail_domains_are_lower_case() -> None:
    assert "gmail.com" in FREE_MAIL
    assert all(domain == domain.lower() and "@" not in domain for domain in FREE_MAIL)
