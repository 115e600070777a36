import csv
import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

import jobs_doubles
import pyarrow.parquet as pq
import pytest
from packaging.utils import canonicalize_name

from features.limits import Limits
from features.schema import feature_columns
from jobs.contract import ClusterSettings, WorkerSchemaMismatchError
from jobs.corpus.contract import CorpusError, ListedFile
from jobs.corpus.listing import write_list
from jobs.corpus.mirror_writer import MirrorWriter
from jobs.corpus.rows import LabelledTree
from jobs.corpus.variants.building import Chunk, ExtractChunk, build_variants, read_labelled_artifacts
from jobs.corpus.variants.plan import VariantCounts
from model.frame import feature_names
from model.rows import read_rows
from tests.jobs.corpus.variants.conftest import SDIST, tar_bytes, wheel_bytes

WHEN = datetime(2024, 3, 1, tzinfo=UTC)
COUNTS = VariantCounts(
    obfuscated=5, transplanted=2, obfuscated_benign=1, hosts=4, other_hosts=1, dependency=1, typosquats=2, repacked=1,
    per_cluster=1,
)  # fmt: skip


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def listed_in(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def trees(tmp_path_factory) -> tuple[LabelledTree, LabelledTree]:
    folder = tmp_path_factory.mktemp("corpus")
    bad = {
        f"bad{n}-1.0.tar.gz": tar_bytes({**SDIST, "setup.py": f"print('bad {n}')\n"}, f"bad{n}-1.0/") for n in range(5)
    }
    bad["bad9-1.0.tar.gz"] = b"\x1f\x8b no archive"
    good = {f"good{n}-1.2.tar.gz": tar_bytes({**SDIST, "README": str(n)}, f"good{n}-1.2/") for n in range(6)}
    good["quillbox-1.2-py3-none-any.whl"] = wheel_bytes()
    for name, files in (("malicious", bad), ("benign", good)):
        writer = MirrorWriter(folder / name)
        for filename, content in files.items():
            writer.add(filename.split("-")[0], "1.0", filename, content, WHEN)
        writer.finish(1)
    with (folder / "malware.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(
            [
                "sha256",
                "project",
                "version",
                "filename",
                "size",
                "date",
                "cluster_id",
                "cluster_ioc",
                "split",
                "payload_loc",
            ]
        )
        for number, (name, content) in enumerate(bad.items()):
            split = "dev" if number == 0 else "train"
            table.writerow(
                [
                    digest(content),
                    name.split("-")[0],
                    "1.0",
                    name,
                    len(content),
                    "2023-05-06",
                    number,
                    f"i{number}",
                    split,
                    "setup",
                ]
            )
        table.writerow(["f" * 64, "absent", "1", "absent-1.tar.gz", 9, "2023-05-06", 99, "i99", "train", "setup"])
    write_list(folder / "benign.csv", [
        ListedFile(canonicalize_name(name.split("-")[0]), "1.2", name, digest(content), size=len(content), upload_time=WHEN, stratum="hard", split="train" if n < 3 else "test")
        for n, (name, content) in enumerate(good.items())
    ])  # fmt: skip
    return LabelledTree(folder / "malicious", folder / "malware.csv", 1), LabelledTree(
        folder / "benign", folder / "benign.csv", 0
    )


@pytest.mark.slow
def test_variants_become_rows_of_two_files_and_a_second_call_resumes(on_cluster: ClusterSettings, trees, tmp_path):
    reports: list[tuple[int, int]] = []

    def build():
        return build_variants(
            trees, tmp_path / "out", counts=COUNTS, settings=on_cluster, extract=jobs_doubles.extract,
            progress=lambda done, total, _: reports.append((done, total)),
        )  # fmt: skip

    built = build()
    assert (built.planned, built.planned) == reports[-1]
    assert built.planned == sum(built.rows.values()) + sum(built.skipped.values())
    assert {"is a damaged archive (BadGzipFile)"} == set(built.skipped)
    training, evaluation = pq.read_table(built.training), pq.read_table(built.evaluation)
    assert {"variant"} == set(training["stratum"].to_pylist())
    assert {"train"} == set(training["split"].to_pylist())
    assert {"variant"} == set(evaluation["split"].to_pylist())
    assert "variant" not in evaluation["stratum"].to_pylist()
    assert {"i1", "i2", "i3", "i4"} >= {row["campaign"] for row in training.to_pylist() if row["label"]}
    # A copy is as old as the malware, a transplant as young as its host.
    assert {date(2023, 5, 6), date(2024, 3, 1)} == {row["first_seen"] for row in training.to_pylist() if row["label"]}
    for table in (training, evaluation):
        assert not {"evidence", "reason", "path"} & set(table.column_names)
        assert {column.name for column in feature_columns()} == set(feature_names(table.schema))
    assert read_rows(built.training).variant.all()
    assert read_rows(built.evaluation).variant.all()
    listed = listed_in(built.listing)
    assert built.planned == len(listed)
    made = {row["sha256"] for row in listed if row["sha256"]}
    assert made == {*training["sha256"].to_pylist(), *evaluation["sha256"].to_pylist()}
    assert all(bool(row["sha256"]) != bool(row["reason"]) for row in listed)
    before = {path.name: path.read_bytes() for path in (built.training, built.evaluation, built.listing)}
    next((tmp_path / "out").glob("parts-*/*.parquet")).unlink()
    assert 0 < build().resumed < built.planned
    assert before == {path.name: path.read_bytes() for path in (built.training, built.evaluation, built.listing)}


@pytest.mark.slow
def test_a_variant_that_fails_on_its_worker_is_listed_with_its_reason(on_cluster: ClusterSettings, trees, tmp_path):
    built = build_variants(
        trees, tmp_path / "out", counts=COUNTS, settings=on_cluster, extract=jobs_doubles.raise_on_wheels
    )
    wheels = [row for row in listed_in(built.listing) if row["reason"].startswith("internal error")]
    assert wheels
    assert "internal error: ValueError: quillbox-1.2-py3-none-any.whl" == wheels[0]["reason"]
    assert sum(built.rows.values()) + sum(built.skipped.values()) == built.planned


@pytest.mark.slow
def test_an_artifact_of_both_labels_or_left_out_becomes_no_variant(on_cluster: ClusterSettings, trees, tmp_path):
    bad, good = trees
    shared = listed_in(bad.listing)[1]
    both = tmp_path / "both.csv"
    both.write_text(
        good.listing.read_text()
        + f"{shared['project']},1.0,{shared['filename']},{shared['sha256']},,{shared['size']},,hard,train,sdist\n"
    )
    refused = listed_in(good.listing)[0]
    left_out = tmp_path / "noise.csv"
    left_out.write_text(f"sha256\n{refused['sha256'].upper()}\n")
    built = build_variants(
        (bad, LabelledTree(good.root, both, 0), LabelledTree(bad.root, both, 0)), tmp_path / "out", counts=COUNTS,
        leave_out=left_out, settings=on_cluster, extract=jobs_doubles.extract,
    )  # fmt: skip
    used = {row[column] for row in listed_in(built.listing) for column in ("base", "donor")}
    assert used
    assert not {shared["sha256"], refused["sha256"]} & used


def test_a_chunk_is_named_after_its_variants(variant):
    first, other = variant("repacked", "same"), variant("repacked", "same", seed=2)
    assert Chunk((first,)).part_name == Chunk((variant("repacked", "same"),)).part_name
    assert 3 == len({Chunk(variants).part_name for variants in ((first,), (other,), (first, other))})


def test_a_worker_with_another_schema_is_an_error(variant, tmp_path):
    task = ExtractChunk(tmp_path, "0" * 16, Limits(), jobs_doubles.extract)
    with pytest.raises(WorkerSchemaMismatchError):
        task(Chunk((variant("repacked", "same"),)))


def test_a_folder_without_a_tree_is_an_error(trees, tmp_path):
    with pytest.raises(CorpusError, match="is not a folder"):
        list(read_labelled_artifacts(LabelledTree(tmp_path / "none", trees[0].listing, 1)))
    with pytest.raises(CorpusError, match="no listed artifact is in the trees"):
        build_variants((LabelledTree(tmp_path, trees[0].listing, 1),), tmp_path / "out")
