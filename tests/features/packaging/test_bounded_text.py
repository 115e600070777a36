from features.packaging.bounded_text import bounded_text


def test_text_is_cut_and_has_no_surplus_white_space():
    assert "A. Shepherd" == bounded_text("  A.\n\tShepherd ", 99)
    assert "abc" == bounded_text("abcdef", 3)


def test_halves_of_letters_can_be_stored():
    assert "a?\xe9" == bounded_text("a\ud800\xe9", 9)
