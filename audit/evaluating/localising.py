"""Adds localisation to an evaluation, which needs the malicious artifacts themselves and not their rows."""

from dataclasses import replace
from pathlib import Path

from features.contract import Progress
from jobs.corpus.localisation import PARTS, measure_localisation
from model.evaluation.contract import Evaluation, LocalisationResult


def with_localisation(evaluation: Evaluation, tree: Path, places: Path, progress: Progress) -> Evaluation:
    """Return the evaluation with the localisation of each part, measured on a tree that `corpus malicious` built.

    `places` lists the files and lines of the payloads. Parts of which the tree holds nothing are left out. Raises
    CorpusError for a list or a tree that cannot be read.
    """
    results = []
    for part in PARTS:
        measured = measure_localisation(tree, places, part=part, progress=_without_names(progress))
        if measured.n:
            shares = round(measured.top1, 6), round(measured.top3, 6)
            results.append(LocalisationResult(part, measured.n, *shares))
    return replace(evaluation, localisation=tuple(results))


def _without_names(progress: Progress) -> Progress:
    """Return a progress that replaces each artifact's name, which is hostile text, by one name for the stage."""
    return lambda done, total, _: progress(done, total, "localisation")
