import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from sklearn.ensemble import RandomForestClassifier

from features.contract import Progress
from model import registry
from model.change.frame import CHANGED_TYPE
from model.change.rows import LabelledChanges, read_changes, write_changes
from model.contract import ModelCard
from model.learners.boosting import Boosting
from model.learners.forest import Forest, ForestSettings
from model.learners.random_forest import RandomForest
from model.members import MEMBER_TYPE, Members, read_members
from model.registry import PRESETS, Preset
from model.rows import LabelledRows, parse_rows
from model.saved import load_model
from model.scoring import Model
from model.training import train

GROUPS = {"metadata": "aaaa", "code": "bbbb"}
COLUMNS = (
    ("metadata_description_chars", pa.int32()),
    ("metadata_homepage_valid", pa.bool_()),
    ("metadata_noise", pa.float32()),
    ("code_exec_install", pa.int32()),
    ("code_install_raw_ip_url", pa.int64()),
    ("code_entropy", pa.float32()),
    ("code_lines", pa.int64()),
    ("code_never", pa.int32()),
)
CODES = ("train", "dev", "valid", "test")
MEMBER = pa.struct([pa.field("path", pa.string()), pa.field("digest", pa.binary(16)), *MEMBER_TYPE])
ACT = "finding_secrets_to_network"


def make_member(path: str, marks: dict[str, int], role: str = "import", **changes: Any) -> dict[str, Any]:
    """Return a member as a feature row lists it, of a Python file unless `changes` say otherwise."""
    listed = [{"id": mark, "count": count} for mark, count in marks.items()]
    member = {"path": path, "digest": path.encode().ljust(16)[:16], "role": role, "file_type": "python", "size": 900}
    return {**member, "marks": listed, **changes}


def make_members(number: int, random: np.random.Generator, *, bad: bool) -> list[dict[str, Any]]:
    """Return the members of one row: harmless ones, and one that steals in most malware."""
    members = [
        make_member(f"m{n}.py", {"os_system": 1, "call_network_send": 1 + n}, "rest")
        for n in range(random.integers(0, 4))
    ]
    if bad and number % 7:
        members.append(make_member("setup.py", {ACT: 1, "os_system": 1}, "install"))
    return [*members, make_member("README", {}, "rest", file_type="text")]


def schema_of(groups: dict[str, str] = GROUPS) -> pa.Schema:
    """Return a small schema of the real one's shape: identity, context, features with meanings, lists."""
    fields = [
        *(pa.field(name, pa.string()) for name in ("project", "filename", "kind", "sha256", "status")),
        pa.field("size", pa.int64()),
        pa.field("context_listed", pa.bool_()),
        *(pa.field(name, kind, metadata={"meaning": f"what {name} means"}) for name, kind in COLUMNS),
        pa.field("code_tokens", pa.list_(pa.uint32())),
        pa.field("members", pa.list_(MEMBER)),
    ]
    fingerprint = hashlib.blake2b(json.dumps(groups).encode(), digest_size=8).hexdigest()
    return pa.schema(fields, metadata={"fingerprint": fingerprint, "groups": json.dumps(groups)})


def make_table(rows: int = 400, seed: int = 1) -> pa.Table:
    """Return labelled rows: a third malware in campaigns of unequal size, every tenth unreadable."""
    random = np.random.default_rng(seed)
    records = []
    start = date(2022, 1, 1)
    for number in range(rows):
        bad = number % 3 == 0
        campaign = int(min(random.geometric(0.08), 30)) + 30 * (number % 2) if bad else 0
        unreadable = number % 10 == 9
        tokens = set(random.integers(0, 60, 12).tolist()) | ({1 << 20, 2 << 20 | 7} if bad and number % 4 else set())
        # Campaigns appear one after another; a campaign of 2024 is one of `dev`.
        day = start + timedelta(days=campaign * 17 + number % 5) if bad else start + timedelta(days=4 * number)
        features = {
            "metadata_description_chars": int(random.integers(0, 20 if bad else 90)),
            "metadata_homepage_valid": bool(random.random() < (0.2 if bad else 0.7)),
            "metadata_noise": float(random.normal()),
            "code_exec_install": int(random.poisson(2.0 if bad else 0.3)),
            "code_install_raw_ip_url": int(random.poisson(1.0 if bad else 0.5)),
            "code_entropy": float("nan") if number % 7 == 0 else float(random.normal(5 if bad else 4)),
            "code_lines": int(random.integers(1, 10**9)),
            "code_never": None,
        }
        held = CODES[2 + number % 2] if number % 5 < 2 else "train"
        records.append(
            {
                "project": f"p{number}",
                "filename": f"p{number}-1.tar.gz",
                "kind": "sdist" if bad or number % 2 else "wheel",
                "sha256": hashlib.sha256(str(number).encode()).hexdigest(),
                "status": "unreadable" if unreadable else "ok",
                "size": int(random.integers(500, 20_000)),
                "context_listed": True,
                **(dict.fromkeys(features) if unreadable else features),
                "code_tokens": None if unreadable else sorted(tokens),
                "members": None if unreadable else make_members(number, random, bad=bad),
                "label": int(bad),
                "campaign": f"c{campaign}" if bad else None,
                "cluster": f"c{campaign}" if bad else None,
                "first_seen": day,
                "stratum": "" if bad else ("random", "fresh", "popular")[number // 3 % 3],
                "split": ("dev" if campaign >= 45 else "train") if bad else held,
                "payload_loc": ("setup", "other")[campaign % 2] if bad else "",
            }
        )
    extra = [
        pa.field("label", pa.int8()),
        *(pa.field(name, pa.string()) for name in ("campaign", "cluster")),
        pa.field("first_seen", pa.date32()),
        *(pa.field(name, pa.string()) for name in ("stratum", "split", "payload_loc")),
    ]
    schema = schema_of()
    return pa.Table.from_pylist(records, schema=pa.schema([*schema, *extra], metadata=schema.metadata))


def make_variants(table: pa.Table, **changes: Any) -> pa.Table:
    """Return copies of a table's rows under new digests, each named column set to one value."""
    for name, value in changes.items():
        kind = table.schema.field(name)
        column = pa.array([value] * table.num_rows, kind.type)
        table = table.set_column(table.column_names.index(name), kind, column)
    digests = [hashlib.sha256(f"{value}{changes}".encode()).hexdigest() for value in table["sha256"].to_pylist()]
    return table.set_column(table.column_names.index("sha256"), "sha256", pa.array(digests))


FINGERPRINT = "changes-1"
CHANGED = pa.struct([pa.field("path", pa.string()), *(field for field in CHANGED_TYPE if field.name != "payload")])


def changes_schema(fingerprint: str = FINGERPRINT) -> pa.Schema:
    """Return a small schema of the real one's shape: identity, base, dense columns, differences, changed members."""
    text = ("project", "version", "filename", "kind", "path", "sha256", "base_kind", "base_filename")
    dense = (("change_members_new", pa.int32()), ("change_growth", pa.float32()), ("change_startup_new", pa.bool_()))
    return pa.schema(
        [
            *(pa.field(name, pa.string()) for name in text),
            pa.field("size", pa.int64()),
            *(pa.field(name, kind, metadata={"meaning": f"what {name} means"}) for name, kind in dense),
            pa.field("context_base_days", pa.float32(), metadata={"meaning": "days"}),
            pa.field("differences", pa.map_(pa.string(), pa.float32())),
            pa.field("changed_members", pa.list_(CHANGED)),
        ],
        metadata={"fingerprint": fingerprint},
    )


def make_changed(path: str, marks: dict[str, int], **changes: Any) -> dict[str, Any]:
    """Return a changed member as a change row lists it."""
    member = {
        "path": path,
        "change": "changed",
        "role": "rest",
        "file_type": "python",
        "size": 900,
        "base_size": 800,
        "new_marks": [{"id": mark, "count": count} for mark, count in marks.items()],
        "marks": ["os_system", *marks],
    }
    return {**member, **changes}


def make_changes(rows: int = 320, seed: int = 2) -> pa.Table:
    """Return labelled changes: every fourth with a payload of one of twelve families in one of eighty hosts."""
    random = np.random.default_rng(seed)
    records = []
    for number in range(rows):
        bad = number % 4 == 0
        host, family = f"host{number % 80}", f"family{number // 4 % 12}" if bad else ""
        split = ("train", "train", "valid", "test")[number % 40 // 10]
        if bad:
            split = "test" if number // 4 % 12 >= 9 else "train"
        changed = [make_changed(f"a{n}.py", {"call_network_send": 1 + n}) for n in range(random.integers(0, 3))]
        payload = None
        differences = {"code_weight": float(random.normal(1, 2)), "files_members": float(random.integers(-2, 4))}
        if bad:
            payload = "evil.py" if number % 8 else "evil.pth"
            kind = "pth" if payload.endswith(".pth") else "python"
            new = make_changed(
                payload, {ACT: 1, "os_system": 1}, change="new", role="import", file_type=kind, base_size=0
            )
            changed.append(new)
            differences |= {"code_weight": float(random.normal(6, 2)), "code_network": 1.0}
        records.append(
            {
                **dict.fromkeys(("project",), host),
                "version": f"1.{number}",
                "filename": f"{host}-1.{number}.tar.gz",
                "kind": "sdist" if number % 2 else "wheel",
                "path": f"packages/{number}",
                "sha256": hashlib.sha256(f"{seed}/{number}".encode()).hexdigest(),
                "base_kind": "sibling" if number % 5 == 0 else "release",
                "base_filename": f"{host}-1.0.tar.gz",
                "size": int(random.integers(500, 2_000_000)),
                "change_members_new": int(random.poisson(2 if bad else 1)),
                "change_growth": float("nan") if number % 9 == 0 else float(random.normal(2 if bad else 1)),
                "change_startup_new": bool(bad and number % 8 == 0),
                "context_base_days": 3.0,
                "differences": list(differences.items()),
                "changed_members": changed,
                "label": int(bad),
                "family": family,
                "trigger": "always" if bad else "",
                "dress": ("plain", "encoded")[number // 8 % 2] if bad else "",
                "donor": "template" if bad else "",
                "host_project": host,
                "stratum": ("popular", "middle", "tail")[number % 3],
                "split": split,
                "payload_member": payload,
            }
        )
    text = ("family", "trigger", "dress", "donor", "host_project", "stratum", "split", "payload_member")
    schema = changes_schema()
    fields = [*schema, pa.field("label", pa.int8()), *(pa.field(name, pa.string()) for name in text)]
    return pa.Table.from_pylist(records, schema=pa.schema(fields, metadata=schema.metadata))


def quiet(done: int, total: int, note: str) -> None:
    assert 0 <= done <= total, note


class SmallForest(Forest):
    def __init__(self) -> None:
        super().__init__(ForestSettings(trees=20))


class SmallBoosting(Boosting):
    def __init__(self) -> None:
        super().__init__(rounds=30)


class SmallRandomForest(RandomForest):
    def make(self, seed: int) -> RandomForestClassifier:
        return RandomForestClassifier(20, random_state=seed)


@pytest.fixture(scope="session", autouse=True)
def _small_learners() -> None:
    """Make the shipped line-up quick: the same code with fewer trees."""
    small = {"forest": SmallForest, "boosting": SmallBoosting, "random_forest": SmallRandomForest}
    patch = pytest.MonkeyPatch()
    patch.setattr(registry, "LEARNERS", tuple(small.get(kind.name, kind) for kind in registry.LEARNERS))


@pytest.fixture(scope="session")
def table() -> pa.Table:
    return make_table()


@pytest.fixture(scope="session")
def rows(table: pa.Table) -> LabelledRows:
    return parse_rows(table)


@pytest.fixture(scope="session")
def boojum() -> Preset:
    return replace(PRESETS[0], folds=3)


@pytest.fixture(scope="session")
def trained(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ModelCard]:
    folder = tmp_path_factory.mktemp("trained")
    pq.write_table(table, folder / "rows.parquet")
    card = train(folder / "rows.parquet", folder / "model", quiet, schema=schema_of())
    return folder / "model", card


@pytest.fixture
def model(trained: tuple[Path, ModelCard]) -> Model:
    return load_model(trained[0])


@pytest.fixture(scope="session", name="schema_of")
def _schema_of() -> Callable[..., pa.Schema]:
    return schema_of


@pytest.fixture(scope="session", name="make_table")
def _make_table() -> Callable[..., pa.Table]:
    return make_table


@pytest.fixture(scope="session", name="make_variants")
def _make_variants() -> Callable[..., pa.Table]:
    return make_variants


@pytest.fixture(scope="session")
def varied(table: pa.Table) -> LabelledRows:
    """Return the rows and one variant of every malware, `dev` campaigns too, each of its base's campaign and date."""
    malware = table.filter(pc.equal(table["label"], 1))
    return parse_rows(pa.concat_tables([table, make_variants(malware, stratum="variant", split="train")]))


@pytest.fixture(scope="session", name="quiet")
def _quiet() -> Progress:
    return quiet


@pytest.fixture(scope="session", name="make_member")
def _make_member() -> Callable[..., dict[str, Any]]:
    return make_member


@pytest.fixture(scope="session")
def read_members_of() -> Callable[[list[dict[str, int]], str, str], Members]:
    """Return a function that reads members with these marks, all of one type and one role, as members of one row."""

    def read(marks: list[dict[str, int]], file_type: str, role: str) -> Members:
        rows = [[make_member(f"m{n}", of, role, file_type=file_type) for n, of in enumerate(marks)]]
        members = read_members(pa.table({"members": pa.array(rows, pa.list_(MEMBER))}))
        assert members is not None
        return members

    return read


@pytest.fixture(scope="session")
def changes() -> pa.Table:
    return make_changes()


@pytest.fixture(scope="session")
def labelled(changes: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> LabelledChanges:
    """Return the labelled changes as they ship."""
    path = tmp_path_factory.mktemp("changes") / "changes.parquet"
    write_changes(changes, path)
    return read_changes(path)


@pytest.fixture(scope="session", name="make_changes")
def _make_changes() -> Callable[..., pa.Table]:
    return make_changes


@pytest.fixture(scope="session", name="make_changed")
def _make_changed() -> Callable[..., dict[str, Any]]:
    return make_changed
