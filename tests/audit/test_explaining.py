"""Tests what is said of single artifacts of the mirror."""

import re

import pytest

from audit.config import Settings
from audit.decisions.target import TargetError
from audit.explaining import explain, render_explanations
from model.contract import Verdict


@pytest.fixture
def settings(store_folder):
    return Settings(out=str(store_folder))


def test_a_release_is_its_files_and_those_that_require_it(settings):
    (one,) = explain(settings, "reqeusts==1.0")
    assert ("reqeusts-1.0.tar.gz", ("goats 1.0",), 1) == (
        one.finding.filename, one.dependents, one.dependents_total
    )  # fmt: skip
    assert 2 == len(explain(settings, "Sheep"))


@pytest.mark.parametrize("target", ["sheep-2.0.tar.gz", "/somewhere/sheep-2.0", "sheep-2.0"])
def test_a_file_name_and_a_path_name_a_file(settings, target):
    (one,) = explain(settings, target)
    assert "2.0" == one.finding.version


@pytest.mark.parametrize("target", ["nobody", "nobody==1", "0" * 64])
def test_what_the_mirror_has_not_is_an_error(settings, target):
    with pytest.raises(TargetError):
        explain(settings, target)


@pytest.mark.slow
def test_a_finding_has_its_lines_and_the_command_that_waives_it(night):
    settings, _ = night
    text = render_explanations(explain(settings, "acme_billing_internal-99.10.3.tar.gz"))
    assert text.startswith("malicious 1.0000  acme_billing_internal-99.10.3.tar.gz\n")
    assert re.search(r"\n +> +25 +urllib\.request\.urlopen\(", text)
    assert "decide:\n  boojum waive " in text
    assert "boojum block" not in text


@pytest.mark.slow
def test_what_is_clear_or_unreadable_is_explained_too(night):
    settings, _ = night
    (clear,) = explain(settings, "unitfold-1.6.0.tar.gz")
    assert Verdict.CLEAR is clear.finding.verdict
    assert 2 == len(clear.commands)
    text = render_explanations(explain(settings, "unitfold-1.6.1.tar.gz"))
    assert text.startswith("unreadable  unitfold-1.6.1.tar.gz\n")
    assert "status    unreadable: It is a damaged gz archive" in text
