"""A model as a folder: learners' files without pickle, and a card that vouches for them."""

import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from model.contract import Estimate, ModelCard, ModelResult, OperatingPoint, OperatingPointResult, RecallAtRate, Verdict
from model.errors import LibraryMismatchError, ModelError, ModelMissingError, ModelTamperedError, TrainingDataError
from model.learners.xgboost_trees import XGBoostError
from model.registry import LEARNERS, find_preset, make_learner
from model.scoring import Model
from model.stack import Stack

PRETRAINED = Path(__file__).parent / "pretrained"
"""The model that ships."""

REVIEWED = PRETRAINED / "reviewed.csv"
"""What was decided about the benign artifacts that an earlier model scored highest, each read by eye."""

PAYLOAD_PLACES = PRETRAINED / "localisation.csv"
"""Where the payloads of some malware stand: what localisation is measured against."""

CARD_FILE = "card.json"


def library_versions() -> tuple[tuple[str, str], ...]:
    """Return the versions that a saved model depends on."""
    names = ("numpy", "scipy", "scikit-learn", "skops", "xgboost")
    return (("python", platform.python_version()), *((n, importlib.metadata.version(n)) for n in names))


def save_model(model: Model, folder: Path) -> ModelCard:
    """Write a model's files, the card last, and return the card with its digests and model id.

    Other files of the folder (training rows, lists) stay; files of the model that was there before go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = [name for learner in model.stack.learners_ for name in learner.files]
    with TemporaryDirectory(dir=folder, prefix=".saving-") as beside:
        for learner in model.stack.learners_:
            learner.save(Path(beside))
        files = tuple((name, _sha256(Path(beside) / name)) for name in names)
        card = replace(model.card, files=files, model_id="")
        card = replace(card, model_id=_identity(card))
        (Path(beside) / CARD_FILE).write_text(json.dumps(asdict(card), indent=1) + "\n", encoding="utf-8")
        stale = set(_named_files(folder)) - set(names)
        (folder / CARD_FILE).unlink(missing_ok=True)
        for name in (*names, CARD_FILE):
            (Path(beside) / name).replace(folder / name)
    for name in stale:
        (folder / name).unlink(missing_ok=True)
    return card


def load_model(folder: Path | None = None, threads: int = 1) -> Model:
    """Return the model of a folder, or the one that ships; scores do not depend on `threads`.

    Raises ModelMissingError, ModelTamperedError or LibraryMismatchError.
    """
    folder = PRETRAINED if folder is None else folder
    card = load_card(folder)
    missing = [name for name, _ in card.files if not (folder / name).is_file()]
    if missing:
        raise ModelMissingError(folder, missing)
    for name, digest in card.files:
        if _sha256(folder / name) != digest:
            raise ModelTamperedError(folder / name, "its digest is not the one in the card")
    try:
        stack = Stack(find_preset(card.preset), threads)
        stack.learners_ = [make_learner(name, threads) for name in card.learners]
    except (TrainingDataError, KeyError) as error:
        installed = f"boojum with {', '.join(kind.name for kind in LEARNERS)}"
        raise LibraryMismatchError(CARD_FILE, "another boojum", installed, f"{error} is not known here") from error
    for learner in stack.learners_:
        _load_learner(learner, folder, card)
    stack.coefficients_ = np.array(card.coefficients, dtype=np.float64)
    stack.intercept_ = card.intercept
    return Model(stack, card)


def load_card(folder: Path | None = None) -> ModelCard:
    """Return the card of a saved model without loading its learners."""
    path = (PRETRAINED if folder is None else folder) / CARD_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ModelMissingError(path.parent, [CARD_FILE]) from error
    try:
        card = parse_card(json.loads(text))
    except (ValueError, TypeError, KeyError) as error:
        raise ModelTamperedError(path, "it is not a card of a model") from error
    if card.model_id != _identity(card):
        raise ModelTamperedError(path, "its model id does not match what it says")
    if any(Path(name).name != name or name in {"", ".", "..", CARD_FILE} for name, _ in card.files):
        raise ModelTamperedError(path, "it names a file outside its folder")
    return card


def parse_card(said: dict[str, Any]) -> ModelCard:
    """Return a card from its JSON; raises KeyError, TypeError or ValueError for anything else."""
    pairs = {name: _pairs(said[name]) for name in ("groups", "versions", "files")}
    plain = {name: tuple(said[name]) for name in ("columns", "learners", "coefficients", "limits")}
    points = tuple(OperatingPoint(**{**p, "verdict": Verdict(p["verdict"])}) for p in said["points"])
    metrics = tuple(parse_result(result) for result in said["metrics"])
    return ModelCard(**{**said, **pairs, **plain, "points": points, "metrics": metrics})


def parse_result(said: dict[str, Any]) -> ModelResult:
    """Return one row of an evaluation from its JSON."""
    recalls = tuple(
        RecallAtRate(
            **{**r, "artifacts": Estimate(**r["artifacts"]), "campaigns": Estimate(**r["campaigns"])},
        )
        for r in said["recalls"]
    )
    fixed = tuple(OperatingPointResult(**{**f, "verdict": Verdict(f["verdict"])}) for f in said["fixed"])
    return ModelResult(**{**said, "recalls": recalls, "fixed": fixed})


def _load_learner(learner: Any, folder: Path, card: ModelCard) -> None:
    try:
        learner.load(folder)
    except ModelError:
        raise
    # The digest was right, so the bytes are what was written: what fails is the library that reads them. Each
    # library has its own errors for that, most of them plain ValueError, KeyError or its own subclass of one.
    except (XGBoostError, ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        library = (
            "xgboost" if learner.files[0].endswith(".ubj") else "skops" if ".skops" in learner.files[0] else "numpy"
        )
        written = f"{library} {dict(card.versions).get(library, '?')}"
        installed = f"{library} {dict(library_versions())[library]}"
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise LibraryMismatchError(learner.files[0], written, installed, why) from error


def _pairs(said: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(first), str(second)) for first, second in said)


def _named_files(folder: Path) -> list[str]:
    try:
        return [name for name, _ in load_card(folder).files]
    except (ModelMissingError, ModelTamperedError):
        # Files of a model that cannot be told from others' are not ours to delete.
        return []


def _identity(card: ModelCard) -> str:
    core = json.dumps(asdict(replace(card, model_id="")), sort_keys=True)
    return hashlib.blake2b(core.encode(), digest_size=8).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
