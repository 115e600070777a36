"""Lists the learners of changes, as an explicit tuple."""

from model.change.boosting import ChangeBoosting
from model.change.contract import ChangeLearner
from model.change.members import ChangeMembers

CHANGE_LEARNERS: tuple[type[ChangeLearner], ...] = (ChangeBoosting, ChangeMembers)
"""The learners of the change score."""


def make_change_learner(name: str, threads: int = 1) -> ChangeLearner:
    """Return a new learner of a name; raises KeyError for one that is not registered."""
    for kind in CHANGE_LEARNERS:
        if kind.name == name:
            learner = kind()
            learner.threads = threads
            return learner
    raise KeyError(name)
