"""The chart of scores."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

from audit.score_chart import draw_score_chart


def test_no_scores_no_chart(document):
    assert "" == draw_score_chart((), document().points)


def test_the_chart_is_one_bar_a_bin_and_one_line_a_point(document):
    chart = ET.fromstring(draw_score_chart(document().histogram, document().points))
    assert ["2,900 artifacts", "50 artifacts", "3 artifacts"] == [title.text for title in chart.iter("title")]
    assert ["review", "suspicious", "malicious", "axis"] == [line.get("class") for line in chart.iter("line")]
    assert ["review", "suspicious", "malicious"] == [text.text for text in chart.iter("text")]


def test_higher_counts_have_higher_bars(document):
    chart = ET.fromstring(draw_score_chart(document().histogram, ()))
    heights = [float(bar.get("height") or 0) for bar in chart.iter("rect")]
    assert sorted(heights, reverse=True) == heights
    assert 88.0 == heights[0]


def test_a_threshold_beyond_the_scores_stays_in_the_picture(document):
    points = [
        replace(point, threshold=threshold) for point, threshold in zip(document().points, (0.0, 1.0, 0.5), strict=True)
    ]
    chart = draw_score_chart(((-2.0, 1), (1.0, 1)), points)
    assert all(0 <= float(x) <= 640 for x in re.findall(r'x1="([-\d.]+)"', chart))


def test_a_single_bin_fills_the_width():
    chart = ET.fromstring(draw_score_chart(((0.0, 1),), ()))
    (bar,) = chart.iter("rect")
    assert ("1.0", "638.0") == (bar.get("x"), bar.get("width"))
