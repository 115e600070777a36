import pytest

from features.text.prose_figures import PROSE_CHARS, prose_figures


def test_words_are_counted_whatever_their_case():
    figures = prose_figures("Counts sheep. COUNTS sheep\nxkqzvjw")
    assert pytest.approx(1 / 5) == figures["upper_words"]
    assert pytest.approx(1 / 5) == figures["random_words"]
    assert pytest.approx(2 / 5) == figures["top_word_share"]
    assert pytest.approx(4 / 5) == figures["distinct_words"]
    assert pytest.approx(34 / 2) == figures["line_chars"]


def test_words_of_other_scripts_are_words():
    figures = prose_figures("\u0441\u0447\u0438\u0442\u0430\u0435\u0442 \u043e\u0432\u0435\u0446")
    assert pytest.approx(5.5) == figures["word_chars"]
    assert pytest.approx(11 / 12) == figures["foreign_share"]
    assert pytest.approx(11 / 12) == figures["letter_share"]


@pytest.mark.parametrize("text", ["", " \n", "123 456", "--- ***"])
def test_a_text_without_words_has_no_figures(text):
    assert {} == prose_figures(text)


def test_only_the_start_is_measured():
    start = "word " * (PROSE_CHARS // 5)
    assert prose_figures(start) == prose_figures(start + "XKQZVJW " * 100)
