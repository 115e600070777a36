"""The artifacts of a mirror that a text speaks of."""

from audit.feeds.advisory_answer import read_advisory, render_answer


def test_a_version_in_words_finds_its_file_and_not_its_neighbour(store_folder):
    answer = read_advisory(store_folder, "`Sheep` 2.0 is malicious; requests are sent to nobody[.]example")
    assert ["sheep-2.0.tar.gz"] == [each.filename for each in answer.artifacts]
    text = render_answer(answer)
    assert "project sheep 2.0" in text
    assert "1 answer on this mirror:" in text


def test_a_name_and_a_digest_find_theirs(store_folder):
    assert 2 == len(read_advisory(store_folder, "package sheep").artifacts)
    assert "nothing" in render_answer(read_advisory(store_folder, "good morning"))
