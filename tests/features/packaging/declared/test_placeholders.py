"""Placeholder text."""

import pytest

from features.packaging.declared.placeholders import is_placeholder


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ... ",
        "Your Name",
        "your-email",
        "author@example.com",
        "test@host.invalid",
        "John Doe",
        "TODO: describe",
        "Hello, world!",
        "A small example package",
        "This is a very simple Python module",
        "asdf",
        "n/a",
    ],
)
def test_template_text_is_a_placeholder(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        "A progress bar for the terminal",
        "Names and addresses of the registry",
        "Mail merge for the command line",
        "A library for counting sheep",
        "doeskin",
        "Ada Lovelace",
        "exemplary",
    ],
)
def test_honest_text_is_none(text: str) -> None:
    assert not is_placeholder(text)


def test_text_that_is_not_ascii_is_searched_without_the_list_of_literals() -> None:
    # The Kelvin sign folds to "k" only under re.IGNORECASE, and the long s to "s": neither is in the lower-cased text.
    assert is_placeholder("lorem ip\u017fum \u212a")
