import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

TREES_FIRST = """
import sys
import model.learners.xgboost_trees
assert "sklearn" not in sys.modules
from sklearn.linear_model import LogisticRegression
print(LogisticRegression.__name__)
"""
LEARN_FIRST = """
import sklearn
import model.learners.xgboost_trees
import sys
print(sys.modules["sklearn"] is sklearn)
"""


def output_of(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip()


def test_scikit_learn_can_be_imported_after_the_trees_were():
    assert "LogisticRegression" == output_of(TREES_FIRST)


def test_scikit_learn_that_is_there_already_stays():
    assert "True" == output_of(LEARN_FIRST)
