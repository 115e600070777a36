import pytest

from jobs.corpus.variants.contract import NotApplicableError
from jobs.corpus.variants.injected import Injected
from tests.jobs.corpus.variants.conftest import changed_paths, context_of


def test_a_payload_is_injected_plain(sdist, variant):
    made = Injected().make(sdist, context_of(variant("injected", "import", payload="env-post")))
    assert {"quillbox-1.2/quillbox/__init__.py"} == changed_paths(sdist, made)
    assert b"192.0.2.44" in made.files()["quillbox-1.2/quillbox/__init__.py"]


def test_a_payload_is_obfuscated_before_it_is_injected(sdist, variant):
    made = Injected().make(sdist, context_of(variant("injected", "import:base64", payload="env-post")))
    assert {"quillbox-1.2/quillbox/__init__.py"} == changed_paths(sdist, made)
    assert not any(b"192.0.2.44" in data for data in made.files().values())
    assert b'__version__ = "1.2"' in made.files()["quillbox-1.2/quillbox/__init__.py"], "the host stays readable"


def test_a_point_that_a_host_lacks_is_not_applicable(wheel, variant):
    with pytest.raises(NotApplicableError, match="no sdist"):
        Injected().make(wheel, context_of(variant("injected", "install", payload="env-post")))


@pytest.mark.parametrize(("recipe", "payload"), [("nowhere", "env-post"), ("import", "no-such-payload")])
def test_an_unknown_point_or_payload_is_an_error(sdist, variant, recipe, payload):
    with pytest.raises(KeyError):
        Injected().make(sdist, context_of(variant("injected", recipe, payload=payload)))
