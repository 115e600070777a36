import subprocess
import sys
from pathlib import Path

import pytest

from features.contract import Artifact, Kind
from features.extract import extract_row
from features.limits import Limits
from features.schema import fingerprint
from jobs.contract import ClusterSettings
from jobs.run.cluster import check_workers, open_cluster
from jobs.run.extraction import ExtractUnit
from jobs.run.units import make_unit

ROOT = Path(__file__).parents[2]


def learning():
    return sorted({name.partition(".")[0] for name in sys.modules} & {"sklearn", "scipy", "xgboost", "skops", "duckdb"})


@pytest.mark.slow
def test_a_worker_that_extracts_imports_no_library_of_the_model_and_no_database(tmp_path, make_wheel):
    file = make_wheel({"demo/__init__.py": "import os\nos.system('echo')\n"})
    unit = make_unit((Artifact(file.name, file.name, file.stat().st_size, "demo", "1.0", Kind.WHEEL),))
    task = ExtractUnit(tmp_path, tmp_path / "staging", fingerprint(), Limits(), extract_row)
    task.folder.mkdir()
    with open_cluster(ClusterSettings(tmp_path / "scratch", workers=1, writable=(task.folder,))) as cluster:
        check_workers(cluster, (tmp_path,))
        assert 1 == cluster.client.submit(task, unit).result().rows
        assert [[]] == list(cluster.client.run(learning).values())


QUIET_NIGHT = """
import sys
import audit.nightly
print(sorted({name.partition(".")[0] for name in sys.modules} & {"dask", "distributed", "sklearn", "skops"}))
"""


@pytest.mark.slow
def test_a_night_loads_no_cluster_and_no_learning_before_it_needs_them():
    done = subprocess.run([sys.executable, "-c", QUIET_NIGHT], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "[]" == done.stdout.strip()
