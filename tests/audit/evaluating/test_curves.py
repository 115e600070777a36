import re

from hypothesis import given
from hypothesis import strategies as st

from audit.evaluating.curves import HEIGHT, WIDTH, draw_curves
from model.evaluation.contract import RecallCurve


def points_of(text):
    return [
        [tuple(map(float, pair.split(","))) for pair in line.split()] for line in re.findall(r'points="([^"]+)"', text)
    ]


def test_the_axis_is_logarithmic(make_curve):
    curve = RecallCurve("x", "m", 10**6, (1e-4, 1e-2, 1.0), (0.0, 0.5, 1.0), (0.0, 0.0, 1.0))
    (line,) = points_of(draw_curves([("x", curve)], "artifacts", "t"))
    assert [44.0, 296.0, 548.0] == [x for x, _ in line]
    assert [286.0, 149.0, 12.0] == [y for _, y in line]
    (line,) = points_of(draw_curves([("x", curve)], "campaigns", "t"))
    assert [286.0, 286.0, 12.0] == [y for _, y in line]


def test_what_too_few_benign_rows_stand_behind_is_thin(make_curve):
    text = draw_curves([("x", make_curve("x", benign=3_000))], "artifacts", "t")
    thin, thick = points_of(text)
    assert ["s0 thin", "s0"] == re.findall(r'polyline class="([^"]+)"', text)
    # 3 in 3,000 is the line between them, and the two parts meet.
    assert thin[-1] == thick[0]
    assert 170.0 == thick[0][0]


def test_labels_are_escaped(make_curve):
    text = draw_curves([("<b>&", make_curve("x"))], "artifacts", '"<i>')
    assert "<b>" not in text
    assert "<i>" not in text


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2), st.integers(1, 10**6))
def test_nothing_is_drawn_outside(pairs, benign):
    rates, shares = zip(*pairs, strict=True)
    curve = RecallCurve("x", "m", benign, tuple(sorted(rates)), shares, shares)
    for line in points_of(draw_curves([("x", curve)], "artifacts", "t")):
        for x, y in line:
            assert 0 <= x <= WIDTH
            assert 0 <= y <= HEIGHT
