import csv
import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

import jobs_doubles
import pyarrow.parquet as pq
import pytest
from packaging.utils import canonicalize_name

from features.schema import feature_columns, fingerprint
from jobs.contract import ClusterSettings
from jobs.corpus.contract import CorpusError, ListedFile
from jobs.corpus.listing import write_list
from jobs.corpus.mirror_writer import MirrorWriter
from jobs.corpus.rows import Label, LabelledTree, build_rows, cap_campaigns, read_labels
from model.frame import feature_names

WHEN = datetime(2024, 3, 1, tzinfo=UTC)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def build_tree(root: Path, files: dict[str, bytes]) -> None:
    writer = MirrorWriter(root)
    for name, content in files.items():
        writer.add(name.split("-")[0], "1.0", name, content, WHEN)
    writer.finish(1)


@pytest.fixture
def malicious(tmp_path: Path) -> LabelledTree:
    files = {f"bad{n}-1.0.tar.gz": f"bad {n}".encode() for n in range(5)} | {"shared-1.0.tar.gz": b"shared"}
    build_tree(tmp_path / "malicious", files)
    listing = tmp_path / "malware.csv"
    with listing.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(
            ["sha256", "project", "filename", "size", "date", "cluster_id", "cluster_ioc", "split", "payload_loc"]
        )
        for number, (name, content) in enumerate(files.items()):
            cluster = "7" if number < 4 else str(number)
            table.writerow(
                [sha256(content), name.split("-")[0], name, len(content), "2023-05-06", cluster, "9", "train", "setup"]
            )
    return LabelledTree(tmp_path / "malicious", listing, 1)


@pytest.fixture
def benign(tmp_path: Path) -> LabelledTree:
    files = {"good-1.0.tar.gz": b"good", "fine-1.0.tar.gz": b"BROKEN\nfine", "shared-1.0.tar.gz": b"shared"}
    build_tree(tmp_path / "benign", files)
    listed = [
        ListedFile(canonicalize_name(name.split("-")[0]), "1.0", name, sha256(content), size=len(content), upload_time=WHEN, stratum="popular", split="dev")
        for name, content in files.items()
    ]  # fmt: skip
    listed.append(ListedFile(canonicalize_name("absent"), "1.0", "absent-1.0.tar.gz", "f" * 64, size=9))
    write_list(tmp_path / "benign.csv", listed)
    return LabelledTree(tmp_path / "benign", tmp_path / "benign.csv", 0)


def label(number: int, cluster: str, malicious: int = 1) -> Label:
    return Label(f"{number:064x}", "f", 1, malicious, "c", cluster, None, "", "", "")


def test_a_campaign_is_capped_by_a_choice_that_only_the_seed_moves():
    labels = [*(label(n, "a") for n in range(30)), *(label(n, "b") for n in range(100, 103)), label(200, "", 0)]
    kept = {item.sha256 for item in cap_campaigns(labels, 5, seed=1)}
    assert 5 + 3 + 1 == len(kept)
    assert kept == {item.sha256 for item in cap_campaigns(reversed(labels), 5, seed=1)}
    assert kept != {item.sha256 for item in cap_campaigns(labels, 5, seed=2)}


def test_labels_have_the_campaign_and_the_day_of_the_list(malicious, benign):
    first = next(read_labels(malicious))
    assert ("9", "7", date(2023, 5, 6), "train", "setup") == (
        first.campaign, first.cluster, first.first_seen, first.split, first.payload_loc
    )  # fmt: skip
    first = next(read_labels(benign))
    assert ("benign:good", date(2024, 3, 1), "popular") == (first.campaign, first.first_seen, first.stratum)


def test_a_list_without_its_columns_is_an_error(tmp_path):
    (tmp_path / "list.csv").write_text("sha256\n1\n")
    with pytest.raises(CorpusError, match="no column filename"):
        list(read_labels(LabelledTree(tmp_path, tmp_path / "list.csv", 1)))


@pytest.mark.slow
def test_trees_become_labelled_rows_once_each_and_a_second_time_nothing_is_read(
    on_cluster: ClusterSettings, malicious, benign, tmp_path
):
    noise = tmp_path / "noise.csv"
    noise.write_text(f"path,sha256\nx,{sha256(b'bad 4')}\n")

    def build(into: str):
        return build_rows(
            (malicious, benign), tmp_path / "work", tmp_path / into, cap=3, leave_out=noise, settings=on_cluster,
            extract=jobs_doubles.extract,
        )  # fmt: skip

    built = build("rows.parquet")
    assert (3, 2, 1, 1, 2, 0, 1) == (
        built.malicious, built.benign, built.unreadable, built.capped, built.left_out, built.reviewed, built.missing
    )  # fmt: skip
    table = pq.read_table(built.path)
    rows = {row["sha256"]: row for row in table.to_pylist()}
    assert sha256(b"shared") not in rows
    assert sha256(b"bad 4") not in rows
    good = rows[sha256(b"good")]
    assert (0, "benign:good", date(2024, 3, 1), "popular", "dev") == (
        good["label"], good["campaign"], good["first_seen"], good["stratum"], good["split"]
    )  # fmt: skip
    assert not {"evidence", "hosts", "context_upload_time"} & set(table.column_names)
    assert not {"path", "digest"} & {field.name for field in table.schema.field("members").type.value_type}
    assert fingerprint().encode() == table.schema.metadata[b"fingerprint"]
    assert {c.name for c in feature_columns()} == set(feature_names(table.schema))
    again = build("again.parquet")
    assert 0 == sum(report.read for report in again.extractions)
    assert built.path.read_bytes() == again.path.read_bytes()


def test_a_grey_artifact_is_left_out_where_it_would_teach_and_a_malicious_one_everywhere(
    on_cluster: ClusterSettings, tmp_path
):
    splits = {"grey-train": "train", "grey-valid": "valid", "grey-test": "test", "honest-1": "train", "bad-1": "test"}
    files = {f"{name}.tar.gz": name.encode() for name in splits}
    build_tree(tmp_path / "benign", files)
    write_list(
        tmp_path / "benign.csv",
        [
            ListedFile(canonicalize_name(name), "1.0", f"{name}.tar.gz", sha256(name.encode()), size=len(name), split=split)
            for name, split in splits.items()
        ],
    )  # fmt: skip
    decision_of = {"grey": "grey", "honest": "honest", "bad": "malicious"}
    reviewed = tmp_path / "reviewed.csv"
    reviewed.write_text(
        "sha256,filename,split,decision,reason,reviewed\n"
        + "".join(
            f"{sha256(name.encode())},{name}.tar.gz,{split},{decision_of[name.split('-')[0]]},It is so.,2026-11-22\n"
            for name, split in splits.items()
        )
    )
    built = build_rows(
        (LabelledTree(tmp_path / "benign", tmp_path / "benign.csv", 0),), tmp_path / "work", tmp_path / "rows.parquet",
        reviewed=reviewed, extract=jobs_doubles.extract,
        settings=on_cluster,
    )  # fmt: skip
    kept = {sha256(name.encode()) for name in ("grey-test", "honest-1")}
    assert kept == set(pq.read_table(built.path)["sha256"].to_pylist())
    assert (2, 3, 3, 0) == (built.benign, built.left_out, built.reviewed, built.missing)


def test_malware_is_not_left_out_by_a_review_of_benign_artifacts(on_cluster: ClusterSettings, malicious, tmp_path):
    reviewed = tmp_path / "reviewed.csv"
    reviewed.write_text(
        "sha256,filename,split,decision,reason,reviewed\n"
        f"{sha256(b'bad 4')},bad4-1.0.tar.gz,train,malicious,It is so.,2026-11-22\n"
    )
    built = build_rows(
        (malicious,), tmp_path / "work", tmp_path / "rows.parquet", reviewed=reviewed, settings=on_cluster,
        extract=jobs_doubles.extract,
    )  # fmt: skip
    assert (0, 0) == (built.left_out, built.reviewed)
    assert sha256(b"bad 4") in pq.read_table(built.path)["sha256"].to_pylist()
