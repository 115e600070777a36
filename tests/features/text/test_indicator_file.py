"""The file of indicators: what is read of it, and what is refused."""

import pytest

from features.text.indicator_file import CATEGORY_MEANINGS, Category, IndicatorFileError, Pass, parse_indicators

ENTRY = {"id": '"a_b"', "category": '"network"', "meaning": '"does a"', "pattern": "'a'", "weight": "1"}


def document(**changes):
    lines = [f"{key} = {value}" for key, value in {**ENTRY, **changes}.items() if value]
    return "\n".join(["[[indicator]]", *lines, ""])


def test_a_file_of_indicators_is_parsed():
    (indicator,) = parse_indicators(document(technique='"T1059.006"', flags='["caseless"]'))
    assert (indicator.id, indicator.category, indicator.weight) == ("a_b", Category.NETWORK, 1)
    assert (indicator.technique, indicator.flags, indicator.scan_pass) == ("T1059.006", ("caseless",), Pass.WORDS)


def test_an_indicator_names_the_pass_that_looks_for_it():
    (indicator,) = parse_indicators(document(**{"pass": '"blanks"'}))
    assert indicator.scan_pass is Pass.BLANKS


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (document(colour='"red"'), "indicator a_b: unknown key 'colour'; known: category, flags"),
        (document(category='"cooking"'), "indicator a_b: 'cooking' is not a valid Category"),
        (document(flags='["loud"]'), "indicator a_b: 'loud' is not a valid Flag"),
        (document(**{"pass": '"sum"'}), "indicator a_b: 'sum' is not a valid Pass"),
        (document(weight="11"), "indicator a_b: weight 11 is not a whole number from 0 to 10"),
        (document(weight="true"), "indicator a_b: weight True is not a whole number from 0 to 10"),
        (document(meaning=""), "indicator a_b: lacks 'meaning'"),
        (document(id='"A B"'), "indicator A B: an id is lower-case words joined by underscores"),
        (document(technique='"X1"'), "indicator a_b: 'X1' is not an ATT&CK technique"),
        (document(pattern="'('"), "indicator a_b: missing ), unterminated subpattern"),
        (document(pattern="'é'"), "indicator a_b: 'ascii' codec can't encode"),
        (document() + document(), "indicator a_b: repeats what a_b has"),
        (document() + document(id='"c"'), "indicator c: repeats what a_b has"),
        ("colour = 1", "indicator file: unknown key 'colour'; known: 'indicator'"),
    ],
)
def test_a_file_that_is_not_valid_is_refused(text, problem):
    with pytest.raises(IndicatorFileError) as caught:
        parse_indicators(text)
    assert str(caught.value).startswith(problem)
    assert caught.value.hint


def test_every_category_has_its_words():
    assert list(CATEGORY_MEANINGS) == list(Category)
