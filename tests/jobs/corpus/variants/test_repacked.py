from jobs.corpus.variants.repacked import Repacked
from tests.jobs.corpus.variants.conftest import context_of


def test_the_control_is_the_package_as_it_was(sdist, variant):
    assert sdist == Repacked().make(sdist, context_of(variant("repacked", "same")))
