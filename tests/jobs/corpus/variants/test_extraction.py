import hashlib
from dataclasses import replace

import pytest

from features.contract import Artifact, Evidence, Kind, Role, Row, Status
from features.extract import extract_row
from features.limits import Limits
from jobs.corpus.variants import extraction as module
from jobs.corpus.variants.contract import CorpusArtifact, NotApplicableError, Variant
from jobs.corpus.variants.extraction import extract_variant, memory_file
from jobs.corpus.variants.packing import read_package
from tests.jobs.corpus.variants.conftest import SDIST, tar_bytes, wheel_bytes

READABLE = Row(Status.OK, "", Kind.SDIST, "", "")


@pytest.fixture
def stored(tmp_path):
    """Write an sdist or a wheel to disk and return it as an artifact of a corpus."""

    def store(content: bytes, filename: str = "quillbox-1.2.tar.gz", payload_loc: str = "") -> CorpusArtifact:
        path = tmp_path / hashlib.sha256(content).hexdigest()[:8] / filename
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return CorpusArtifact(
            (str(path),), filename, hashlib.sha256(content).hexdigest(), "quillbox", "1.2", payload_loc
        )

    return store


def on(variant: Variant, base: CorpusArtifact) -> Variant:
    return replace(variant, base=base)


@pytest.mark.parametrize(
    ("kind", "recipe", "payload"),
    [
        ("obfuscated", "payload:hex", ""),
        ("transplanted", "import", ""),
        ("injected", "rest:xor", "env-post"),
        ("codeless", "empty", ""),
        ("codeless", "copy", "env-post"),
        ("repacked", "same", ""),
    ],
)
def test_a_variant_of_each_kind_becomes_a_row(stored, variant, kind, recipe, payload):
    sdist = tar_bytes(SDIST)
    donor = stored(tar_bytes({**SDIST, "setup.py": "print('bad')\n"})) if kind == "transplanted" else None
    planned = on(variant(kind, recipe, payload=payload, donor=donor), stored(sdist))
    artifact, row = extract_variant(planned, Limits(), extract_row)
    assert Status.OK == row.status, row.reason
    assert 64 == len(row.sha256)
    assert hashlib.sha256(sdist).hexdigest() != row.sha256
    assert artifact.filename.endswith(".tar.gz")


def test_the_row_is_of_the_changed_bytes_under_the_changed_name(stored, variant):
    seen: dict[str, bytes] = {}

    def extract(path, filename, limits):
        seen[filename] = path.read_bytes()
        return READABLE

    planned = on(
        variant("codeless", "copy", payload="env-post"), stored(wheel_bytes(), "quillbox-1.2-py3-none-any.whl")
    )
    artifact, row = extract_variant(planned, Limits(), extract)
    [(filename, data)] = seen.items()
    assert READABLE is row
    assert Artifact(
        path=filename, filename=filename, size=len(data), project=artifact.project, version="1.2"
    ) == artifact  # fmt: skip
    assert filename.startswith(artifact.project.replace("-", "_"))


def test_the_heaviest_member_is_obfuscated_where_the_list_does_not_know(stored, variant):
    seen: list[bytes] = []

    def extract(path, filename, limits):
        seen.append(path.read_bytes())
        places = [("setup.py", 2.0), ("quillbox/pen.py", 1.5), ("quillbox/pen.py", 1.0)]
        evidence = (Evidence(f"quillbox-1.2/{path}", 1, "x", Role.REST, "", weight) for path, weight in places)
        return replace(READABLE, evidence=tuple(evidence))

    extract_variant(on(variant("obfuscated", "payload:hex"), stored(tar_bytes(SDIST))), Limits(), extract)
    before, after = seen
    assert before == tar_bytes(SDIST)
    made = read_package(after, "quillbox-1.2.tar.gz", "quillbox", "1.2").files()
    assert b"math.pi" not in made["quillbox-1.2/quillbox/pen.py"]
    assert SDIST["setup.py"].encode() == made["quillbox-1.2/setup.py"]


def test_a_labelled_setup_needs_no_evidence(stored, variant):
    calls: list[str] = []

    def extract(path, filename, limits):
        calls.append(filename)
        return READABLE

    planned = on(variant("obfuscated", "payload:hex"), stored(tar_bytes(SDIST), payload_loc="setup"))
    extract_variant(planned, Limits(), extract)
    assert ["quillbox-1.2.tar.gz"] == calls, "only the variant is read"


def test_of_several_files_of_a_name_the_one_with_the_digest_is_taken(stored, variant):
    wanted, other = stored(tar_bytes(SDIST)), stored(tar_bytes({"setup.py": ""}))
    planned = on(variant("repacked", "same"), replace(wanted, paths=(*other.paths, *wanted.paths)))
    _, row = extract_variant(planned, Limits(), extract_row)
    assert Status.OK == row.status
    with pytest.raises(NotApplicableError, match="not in the tree with the digest"):
        extract_variant(on(planned, replace(wanted, paths=other.paths)), Limits(), extract_row)


def test_a_file_that_is_gone_or_too_large_is_not_applicable(stored, variant, monkeypatch):
    artifact = stored(tar_bytes(SDIST))
    with pytest.raises(NotApplicableError, match="cannot be read"):
        extract_variant(on(variant("repacked", "same"), replace(artifact, paths=("/nowhere",))), Limits(), extract_row)
    monkeypatch.setattr(module, "MAX_ARTIFACT_BYTES", len(tar_bytes(SDIST)) - 1)
    with pytest.raises(NotApplicableError, match="is larger than"):
        extract_variant(on(variant("repacked", "same"), artifact), Limits(), extract_row)


def test_source_that_cannot_be_changed_is_not_applicable(stored, variant, monkeypatch):
    class Failing:
        def make(self, package, context):
            raise RecursionError

    monkeypatch.setattr(module, "find_kind", lambda name: Failing())
    with pytest.raises(NotApplicableError, match=r"source cannot be changed \(RecursionError\)"):
        extract_variant(on(variant("repacked", "same"), stored(tar_bytes(SDIST))), Limits(), extract_row)


def test_a_memory_file_has_no_place_on_a_disk():
    with memory_file(b"some bytes") as path:
        assert b"some bytes" == path.read_bytes()
        assert str(path.readlink()).startswith("/memfd:")
    assert not path.exists()
