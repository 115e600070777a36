import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

SCAN = """
import sys
from audit.cli import main
main(["scan", "--quiet", "--fail-on", "never", sys.argv[1]])
print(sorted({name.partition(".")[0] for name in sys.modules} & {"dask", "distributed", "duckdb", "jinja2", "skops"}))
print(sorted({"sklearn", "scipy.stats", "scipy.optimize"} & set(sys.modules)))
"""


def test_a_scan_starts_without_a_cluster_a_database_and_learners_that_it_does_not_ask(make_wheel):
    file = make_wheel({"demo/__init__.py": "import os\n"})
    done = subprocess.run([sys.executable, "-c", SCAN, file], capture_output=True, text=True, check=True, cwd=ROOT)
    lines = done.stdout.splitlines()
    assert lines[0].endswith(str(file))
    assert ["[]", "[]"] == lines[-2:]
