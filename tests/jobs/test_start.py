import sys

from features.contract import Artifact, Kind
from features.extract import extract_row
from features.limits import Limits
from features.schema import fingerprint
from jobs.cluster import ClusterSettings, check_workers, open_cluster
from jobs.extraction import ExtractUnit
from jobs.units import make_unit


def learning():
    return sorted({name.partition(".")[0] for name in sys.modules} & {"sklearn", "scipy", "xgboost", "skops"})


def test_a_worker_that_extracts_imports_no_library_of_the_model(tmp_path, make_wheel):
    file = make_wheel({"demo/__init__.py": "import os\nos.system('echo')\n"})
    unit = make_unit((Artifact(file.name, file.name, file.stat().st_size, "demo", "1.0", Kind.WHEEL),))
    task = ExtractUnit(tmp_path, tmp_path / "staging", fingerprint(), Limits(), extract_row)
    task.folder.mkdir()
    with open_cluster(ClusterSettings(tmp_path / "scratch", workers=1)) as cluster:
        check_workers(cluster, (tmp_path,))
        assert 1 == cluster.client.submit(task, unit).result().rows
        assert [[]] == list(cluster.client.run(learning).values())
