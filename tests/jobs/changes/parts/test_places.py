from change_builders import change, member, place, wheel

from features.contract import Role

OLD = place("exec_call", "exec(code)", 2.0)


def test_a_place_that_the_base_has_is_not_new_wherever_it_stands():
    made = change(
        wheel("1.0", evidence=[OLD]), wheel("1.1", evidence=[place("exec_call", "exec( code )", 2.0, path="z.py")])
    )
    assert (0, [], False) == (made["change_places"], made["new_places"], made["change_place_first"])


def test_a_new_place_is_counted_weighed_and_listed():
    new = place("decode_then_execute", "exec(b64decode(x))", 9.0, Role.INSTALL)
    made = change(wheel("1.0", evidence=[OLD]), wheel("1.1", evidence=[new, OLD]))
    assert (1, 0.5, 9.0, 1, 0, 9.0) == tuple(
        made[f"change_places{of}"] for of in ("", "_share", "_weight", "_install", "_import", "_install_greatest")
    )
    assert ["exec(b64decode(x))"] == [each["excerpt"] for each in made["new_places"]]
    assert made["change_place_first"]
    assert made["change_indicator_first"]


def test_a_new_place_of_a_known_indicator_is_of_no_new_kind():
    made = change(wheel("1.0", evidence=[OLD]), wheel("1.1", evidence=[place("exec_call", "exec(other)")]))
    assert (True, False, 0) == (made["change_place_first"], made["change_indicator_first"], made["change_indicators"])


def test_an_indicator_that_a_member_of_the_base_shows_is_of_no_new_kind():
    base = wheel("1.0", member("a.py", finding_decode_then_execute=1))
    made = change(base, wheel("1.1", evidence=[place("decode_then_execute", "exec(y)")]))
    assert (1, 0) == (made["change_places"], made["change_indicators"])


def test_kinds_are_weighed_once():
    new = [place("silent_network", "a", 3.0), place("silent_network", "b", 3.0)]
    made = change(wheel("1.0"), wheel("1.1", evidence=new))
    assert (1, 3.0, 3.0) == tuple(made[f"change_indicators{of}"] for of in ("", "_weight", "_greatest"))


def test_the_heaviest_places_are_listed_first():
    made = change(wheel("1.0"), wheel("1.1", evidence=[place("a", str(weight), weight) for weight in range(30)]))
    assert [float(weight) for weight in range(29, 13, -1)] == [each["weight"] for each in made["new_places"]]
