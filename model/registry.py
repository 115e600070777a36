"""The base learners and the presets that combine them, as explicit tuples."""

from dataclasses import dataclass

from model.contract import Learner, TrainingDataError
from model.learners.boosting import Boosting
from model.learners.decision_tree import DecisionTree
from model.learners.forest import Forest
from model.learners.linear_columns import LinearColumns
from model.learners.linear_tokens import LinearTokens
from model.learners.naive_bayes import NaiveBayes
from model.learners.perceptron import Perceptron
from model.learners.random_forest import RandomForest
from model.learners.support_vectors import SupportVectors

LEARNERS: tuple[type[Learner], ...] = (
    Boosting,
    Forest,
    LinearTokens,
    LinearColumns,
    RandomForest,
    DecisionTree,
    SupportVectors,
    Perceptron,
    NaiveBayes,
)


@dataclass(frozen=True, slots=True)
class Weighting:
    """How much each training row counts; both classes always weigh the same together."""

    power: float = 0.3
    """A campaign (or project) of n artifacts weighs n ** power: three campaigns are 61 % of all artifacts,
    and what counts is the next campaign, not the next copy."""
    cap: int = 100
    """Artifacts of one campaign that are learnt from; more near-duplicates cost time and teach nothing."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A named line-up of learners and the weighting it is fitted under."""

    name: str
    learners: tuple[type[Learner], ...]
    weighting: Weighting
    folds: int = 4
    """Parts of the out-of-fold predictions that the meta-learner is fitted on."""


PRESETS: tuple[Preset, ...] = (
    Preset("boojum", (Boosting, Forest, LinearTokens, LinearColumns), Weighting()),
    # The paper weighs artifacts alike; the cap only keeps a support vector machine affordable.
    Preset(
        "samaana2024",
        (RandomForest, DecisionTree, SupportVectors, Perceptron, NaiveBayes),
        Weighting(power=1.0, cap=1_000),
    ),
)


def find_preset(name: str) -> Preset:
    """Return the preset of a name; raises TrainingDataError that lists the known ones."""
    for preset in PRESETS:
        if preset.name == name:
            return preset
    known = ", ".join(preset.name for preset in PRESETS)
    raise TrainingDataError(f"there is no preset {name!r}; known: {known}")


def make_learner(name: str, threads: int = 1) -> Learner:
    """Return a new learner of a name; raises KeyError for one that is not registered."""
    for kind in LEARNERS:
        if kind.name == name:
            learner = kind()
            learner.threads = threads
            return learner
    raise KeyError(name)
