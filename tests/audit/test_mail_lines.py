"""Tests that lines are broken between words."""

from audit.mail_lines import WIDTH, wrap_prose


def test_a_long_sentence_is_broken_between_words_and_a_long_word_is_not_cut():
    assert ["short"] == list(wrap_prose("short"))
    word = "x" * (WIDTH + 5)
    assert ["a" * 70, f"  {'b' * 30} c", f"  {word}"] == list(wrap_prose(f"{'a' * 70} {'b' * 30} c {word}"))
