"""Lists the base learners and the presets that combine them, as explicit tuples."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate

from model.errors import TrainingDataError
from model.learners.boosting import Boosting
from model.learners.contract import Learner
from model.learners.decision_tree import DecisionTree
from model.learners.forest import Forest
from model.learners.linear_columns import LinearColumns
from model.learners.linear_tokens import LinearTokens
from model.learners.members import MemberLearner
from model.learners.naive_bayes import NaiveBayes
from model.learners.perceptron import Perceptron
from model.learners.random_forest import RandomForest
from model.learners.support_vectors import SupportVectors

LEARNERS: tuple[type[Learner], ...] = (
    Boosting,
    Forest,
    LinearTokens,
    LinearColumns,
    MemberLearner,
    RandomForest,
    DecisionTree,
    SupportVectors,
    Perceptron,
    NaiveBayes,
)

TOKEN_LEARNERS: tuple[type[Learner], ...] = (LinearTokens,)
"""Learners that use the code tokens only."""

MEMBER_LEARNERS: tuple[type[Learner], ...] = (MemberLearner,)
"""Learners that use the members only; those in neither tuple use the dense columns only."""


@dataclass(frozen=True, slots=True)
class Weighting:
    """Weights of training rows. Both classes always have the same total weight."""

    power: float = 0.3
    """A campaign (or project) of n artifacts weighs n ** power. Three campaigns are 61 % of all malware, and finding
    the next campaign matters more than finding the next copy."""
    cap: int = 100
    """Most rows of one campaign that are trained on; more near-duplicates improve nothing."""
    variants: float = 0.25
    """Largest share of a campaign's weight that variants of its malware may have; 0 leaves them out. At a half, recall
    of real malware fell."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A named list of learners and the weighting of their training rows."""

    name: str
    learners: tuple[type[Learner], ...]
    weighting: Weighting
    folds: int = 4
    """Folds of the out-of-fold predictions that the meta-learner is fitted on."""
    columns: tuple[str, ...] = ()
    """Shell patterns of the columns that the learners use; empty for all columns."""
    ablation_folds: int = 2
    """Folds of the fits that leave out a feature group: they are many, and compared only with one another."""

    def column_positions(self, columns: Sequence[str]) -> tuple[int, ...]:
        """Return the positions of the columns that the learners use; raises TrainingDataError where there are none."""
        if not self.columns:
            return tuple(range(len(columns)))
        pattern = re.compile("|".join(translate(glob) for glob in self.columns))
        positions = tuple(position for position, name in enumerate(columns) if pattern.match(name))
        if not positions:
            raise TrainingDataError(f"they have none of the columns of the preset {self.name!r}")
        return positions


PAPER_COLUMNS = (
    # Valid e-mail and homepage, author, length of the README, missing fields of setup.py.
    "metadata_author_present",
    "metadata_email_present",
    "metadata_email_valid",
    "metadata_homepage_present",
    "metadata_homepage_valid",
    "metadata_description_chars",
    "metadata_summary_chars",
    "metadata_licence_present",
    "metadata_fields",
    "metadata_problems",
    # Declared licence against licence file.
    "files_licence_mismatch",
    # Obfuscation, suspicious addresses, and calls of getattr, connect, read and open, in code of every role.
    "code_[ir]*_category_obfuscation",
    "code_[ir]*_raw_ip_url",
    "code_[ir]*_odd_port_url",
    "code_[ir]*_url_shortener",
    "code_[ir]*_executable_url",
    "code_[ir]*_script_url",
    "code_[ir]*_call_dynamic_attribute",
    "code_[ir]*_call_socket",
    "code_[ir]*_call_file_read",
    "code_[ir]*_call_file_write",
    # Distance of the name to popular names.
    "text_name_imitated_rank",
    "text_name_imitations",
)
"""The columns nearest to the features that Samaana and others name (arXiv 2412.05259 and their laboratory's page). The
complete list is not public, and a project's number of releases, which they use, is not in any artifact."""

PRESETS: tuple[Preset, ...] = (
    Preset("boojum", (Boosting, LinearTokens, LinearColumns, MemberLearner), Weighting()),
    # The meta-learner gives the forest a coefficient of 0.04, so the shipped preset has none.
    Preset("boojum_forest", (Boosting, Forest, LinearTokens, LinearColumns), Weighting()),
    # The paper weighs artifacts equally and makes no variants; the cap bounds the time of the support vector machine.
    Preset(
        "samaana2024",
        (RandomForest, DecisionTree, SupportVectors, Perceptron, NaiveBayes),
        Weighting(power=1.0, cap=1_000, variants=0.0),
        columns=PAPER_COLUMNS,
    ),
)


def find_preset(name: str) -> Preset:
    """Return the preset of a name; raises TrainingDataError with the known names for any other."""
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
