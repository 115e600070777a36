import subprocess
import sys
from pathlib import Path

from model.contract import OperatingPoint, Verdict

ROOT = Path(__file__).parents[2]


def test_it_loads_neither_numpy_nor_a_learning_library() -> None:
    program = "import sys, model.contract, model.errors, model.evaluation.contract; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not {"numpy", "scipy", "sklearn", "xgboost", "pyarrow"} & set(done.stdout.split())


def test_the_verdicts_are_a_promise_to_users() -> None:
    assert ["known_bad", "malicious", "suspicious", "review", "clear", "unreadable"] == [
        verdict.value for verdict in Verdict
    ]


def test_an_operating_point_says_its_alarms_and_its_bound() -> None:
    point = OperatingPoint(Verdict.REVIEW, 0.5, 0.01, 41, 4_100, 0.0076, 0.01299, extrapolated=False)
    assert "41 of 4,100 benign validation artifacts: at most 129.9 in 10,000 at 95 %" == str(point)
