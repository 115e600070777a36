"""Localisation as a part of an evaluation: it needs the artifacts themselves, which no row holds."""

from dataclasses import replace
from pathlib import Path

from features.contract import Progress
from jobs.corpus.localisation import PARTS, measure_localisation
from model.evaluation.contract import Evaluation, LocalisationResult


def with_localisation(evaluation: Evaluation, tree: Path, places: Path, progress: Progress) -> Evaluation:
    """Return the evaluation with what the evidence points at, measured on a tree that `corpus malicious` built.

    `places` says where the payloads stand. Raises CorpusError for a list or a tree that cannot be read, and leaves
    out a part of which the tree holds nothing.
    """
    found = []
    for part in PARTS:
        measured = measure_localisation(tree, places, part=part, progress=_named(progress))
        if measured.n:
            found.append(LocalisationResult(part, measured.n, round(measured.top1, 6), round(measured.top3, 6)))
    return replace(evaluation, localisation=tuple(found))


def _named(progress: Progress) -> Progress:
    # One stage: the name of each artifact would be one of its own, and comes from a package.
    return lambda done, total, _: progress(done, total, "localisation")
