"""The base learners and the presets that combine them, as explicit tuples."""

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

TOKEN_LEARNERS: tuple[type[Learner], ...] = (LinearTokens,)
"""Learners that look at the code tokens and at nothing else; the others look at the named columns alone."""


@dataclass(frozen=True, slots=True)
class Weighting:
    """How much each training row counts; both classes always weigh the same together."""

    power: float = 0.3
    """A campaign (or project) of n artifacts weighs n ** power: three campaigns are 61 % of all artifacts,
    and what counts is the next campaign, not the next copy."""
    cap: int = 100
    """Artifacts of one campaign that are learnt from; more near-duplicates cost time and teach nothing."""
    variants: float = 0.25
    """Most of a campaign's weight that the variants made of its malware may have; 0 leaves them out. With a half,
    copies crowd out what is real."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A named line-up of learners and the weighting it is fitted under."""

    name: str
    learners: tuple[type[Learner], ...]
    weighting: Weighting
    folds: int = 4
    """Parts of the out-of-fold predictions that the meta-learner is fitted on."""
    columns: tuple[str, ...] = ()
    """Patterns of the columns that the learners see, `*` for any characters; empty for all of them."""
    ablation_folds: int = 2
    """`folds` of the fits that leave out a feature group: they are many, and are compared with one another only."""

    def seen(self, columns: Sequence[str]) -> tuple[int, ...]:
        """Return the positions of the columns that the learners see; raises TrainingDataError where there is none."""
        if not self.columns:
            return tuple(range(len(columns)))
        wanted = re.compile("|".join(translate(pattern) for pattern in self.columns))
        seen = tuple(position for position, name in enumerate(columns) if wanted.match(name))
        if not seen:
            raise TrainingDataError(f"they have none of the columns of the preset {self.name!r}")
        return seen


PAPER_COLUMNS = (
    # A valid e-mail and homepage, who wrote it, the length of the README, a setup that leaves fields out.
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
    # The licence that is declared against the licence that lies there.
    "files_licence_mismatch",
    # Obfuscation, suspicious addresses, and calls of getattr, connect, read and open, wherever the code stands.
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
    # The name's distance to popular names.
    "text_name_imitated_rank",
    "text_name_imitations",
)
"""Our columns that come nearest to the features that Samaana and others name (arXiv 2412.05259 and their laboratory's
page). Their whole list is not public; the number of a project's releases, which they use, is in no artifact."""

PRESETS: tuple[Preset, ...] = (
    Preset("boojum", (Boosting, LinearTokens, LinearColumns), Weighting()),
    # Half of the time of a fit and a coefficient of 0.04: it does not earn its place, and this shows it.
    Preset("boojum_forest", (Boosting, Forest, LinearTokens, LinearColumns), Weighting()),
    # The paper weighs artifacts alike and makes no variants; the cap only keeps a support vector machine affordable.
    Preset(
        "samaana2024",
        (RandomForest, DecisionTree, SupportVectors, Perceptron, NaiveBayes),
        Weighting(power=1.0, cap=1_000, variants=0.0),
        columns=PAPER_COLUMNS,
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
