from jobs.contract import JobsError
from jobs.corpus.contract import CorpusError
from jobs.corpus.index import NotOnIndexError


def test_an_error_names_its_subject_and_gives_a_hint():
    error = NotOnIndexError("six-1.zip", "is not on the project's page", "leave it out of the list")
    assert "six-1.zip: is not on the project's page" == str(error)
    assert "leave it out of the list" == error.hint
    assert isinstance(error, CorpusError)
    assert isinstance(error, JobsError)
