from features.contract import Evidence, Role
from features.place_keys import EXCERPT_CHARS, MOST_KEYS, bounded_excerpt, key_evidence, key_places, place_key


def test_a_place_is_the_same_wherever_and_however_far_indented_it_stands():
    assert place_key("exec_call", "exec(x)") == place_key("exec_call", "    exec( x )\t")
    assert place_key("exec_call", "exec(x)") != place_key("exec_call", "exec(y)")
    assert place_key("exec_call", "exec(x)") != place_key("eval_call", "exec(x)")


def test_the_key_of_a_long_excerpt_is_that_of_its_bounded_form():
    long = "x" * 999
    assert EXCERPT_CHARS == len(bounded_excerpt(long))
    assert place_key("a", long) == place_key("a", bounded_excerpt(long))


def test_a_key_is_made_of_any_letters():
    assert 2**64 > place_key("a", "\ud800") >= 0


def test_the_heaviest_places_come_first_each_once():
    places = [(1.0, "a", "x"), (3.0, "b", "y"), (2.0, "a", "x"), (0.0, "c", "z")]
    assert [(3.0, place_key("b", "y")), (2.0, place_key("a", "x"))] == key_places(places)
    assert key_places(places) == key_places(places[::-1])


def test_the_number_of_keys_is_bounded():
    many = [(float(number), "a", f"line {number}") for number in range(1, 2_000)]
    keys = key_places(many)
    assert MOST_KEYS == len(keys)
    assert (1_999.0, place_key("a", "line 1999")) == keys[0]


def test_evidence_has_the_keys_of_its_places():
    assert [(2.0, place_key("a", "x"))] == key_evidence([Evidence("m", 1, "a", Role.REST, "x", 2.0)])
