from features.surfaces.contract import place_at


def test_a_place_has_the_line_and_the_text_of_an_offset() -> None:
    place = place_at("tool_index", "pip.conf", b"one\n  two\nthree", 6, 0.5)
    assert ("tool_index", "pip.conf", 2, "two", 0.5) == place


def test_a_long_line_is_cut_around_the_offset() -> None:
    data = b"a" * 1_000 + b"HERE" + b"b" * 1_000
    place = place_at("tool_index", "x", data, 1_000)
    assert place.line == 1
    assert "HERE" in place.excerpt
    assert len(place.excerpt) <= 200


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert place_at("tool_index", "x", b"\xff\xfe", 0).excerpt == "\ufffd\ufffd"
