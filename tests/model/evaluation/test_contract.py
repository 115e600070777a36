from model.evaluation.contract import Evaluation, SectionResult, SplitSummary


def make_split(name: str) -> SplitSummary:
    return SplitSummary(name, "", 1, 1, 1, 0, 1, 1, 1, 1)


def make_evaluation(*sections: SectionResult) -> Evaluation:
    return Evaluation("boojum", (), 4, 2, 0, "f", "d", 1, 1, 1, 0, (), sections)


def test_a_split_of_two_sections_is_listed_once() -> None:
    dev, random = make_split("dev"), make_split("random")
    time = SectionResult("time", "", 0.0, splits=(dev,))
    both = SectionResult("random", "", 0.0, splits=(random, dev))
    assert (dev, random) == make_evaluation(time, both).splits


def test_a_section_that_was_not_measured_is_none() -> None:
    time = SectionResult("time", "", 0.0)
    assert make_evaluation(time).section("time") is time
    assert make_evaluation(time).section("sets") is None
