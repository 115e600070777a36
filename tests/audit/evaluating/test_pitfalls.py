from audit.evaluating.pitfalls import pitfalls


def test_each_of_the_ten_has_measures_and_limits(evaluation):
    found = list(pitfalls(evaluation))
    assert 10 == len(found)
    assert all(p.name and p.measures.endswith(".") and p.limits.endswith(".") for p in found)


def test_the_number_of_benign_rows_bounds_what_is_claimed(evaluation):
    base_rate = next(p for p in pitfalls(evaluation) if p.name == "Base-rate fallacy")
    assert "2,500 live benign test rows: they support a rate of 0.12%" in base_rate.limits


def test_what_was_not_measured_is_not_claimed(make_evaluation):
    texts = {p.name: f"{p.measures} {p.limits}" for p in pitfalls(make_evaluation(sections=()))}
    assert "were not measured" in texts["Inappropriate baseline"]
    assert "was not scored" in texts["Inappropriate threat model"]
    assert "has no sets" in texts["Sampling bias"]
    assert "No time split was measured." in texts["Base-rate fallacy"]
