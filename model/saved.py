"""Saves and loads models as folders: the learners' files, without pickle, and a card with their digests."""

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

from features.runtime.atomic_write import write_atomically
from model.change.contract import ChangeLearner
from model.change.registry import CHANGE_LEARNERS, make_change_learner
from model.change.scoring import ChangeModel
from model.change.stack import ChangeStack
from model.contract import (
    ChangeCard,
    Estimate,
    FloorResult,
    ModelCard,
    ModelResult,
    OperatingPoint,
    OperatingPointResult,
    RecallAtRate,
    Verdict,
)
from model.errors import LibraryMismatchError, ModelError, ModelMissingError, ModelTamperedError, TrainingDataError
from model.learners.contract import Learner
from model.learners.xgboost_trees import XGBoostError
from model.registry import LEARNERS, find_preset, make_learner
from model.scoring import Model
from model.stack import Stack
from model.words import WORDS_FILE, parse_words, render_words

PRETRAINED = Path(__file__).parent / "pretrained"
"""Folder of the model that ships with boojum."""

REVIEWED = PRETRAINED / "reviewed.csv"
"""The decisions of a person about the benign artifacts that an earlier model scored highest."""

PAYLOAD_PLACES = PRETRAINED / "localisation.csv"
"""Files and lines of the payloads of some malware: the labels that localisation is measured against."""

CARD_FILE = "card.json"

_LIBRARIES = {".ubj": "xgboost", ".skops": "skops", ".npz": "numpy"}
"""The library that reads a learner's file, by suffix."""


def library_versions() -> tuple[tuple[str, str], ...]:
    """Return (name, version) of Python and of each library that a saved model depends on."""
    names = ("numpy", "scipy", "scikit-learn", "skops", "xgboost")
    return (("python", platform.python_version()), *((n, importlib.metadata.version(n)) for n in names))


def save_model(model: Model, folder: Path, change: ChangeStack | None = None) -> ModelCard:
    """Write a model's files, the card last, and return the card with its digests and model id.

    `change` scores the changes of a model whose card describes it. Removes the files of a model that was saved there
    before; other files of the folder (labelled rows, lists) stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    learners: list[Learner | ChangeLearner] = [*model.stack.learners_, *(change.learners_ if change else ())]
    names = [name for learner in learners for name in learner.files]
    with TemporaryDirectory(dir=folder, prefix=".saving-") as temporary:
        staged = Path(temporary)
        for learner in learners:
            learner.save(staged)
        if model.words:
            names.append(WORDS_FILE)
            (staged / WORDS_FILE).write_bytes(render_words(model.words))
        files = tuple((name, _sha256(staged / name)) for name in names)
        card = replace(model.card, files=files, model_id="")
        card = replace(card, model_id=_identity(card))
        stale = set(_files_of_card(folder)) - set(names)
        # Without a card the folder holds no model, so a mixture of old and new files is never loaded.
        (folder / CARD_FILE).unlink(missing_ok=True)
        for name in names:
            (staged / name).replace(folder / name)
    write_atomically(folder / CARD_FILE, (json.dumps(asdict(card), indent=1) + "\n").encode())
    for name in stale:
        (folder / name).unlink(missing_ok=True)
    return card


def load_model(folder: Path | None = None, threads: int = 1) -> Model:
    """Return the model of a folder, or the shipped one; scores do not depend on `threads`.

    Raises ModelMissingError, ModelTamperedError or LibraryMismatchError.
    """
    folder = PRETRAINED if folder is None else folder
    card = _checked_card(folder)
    try:
        stack = Stack(find_preset(card.preset), threads)
        stack.learners_ = [make_learner(name, threads) for name in card.learners]
    except (TrainingDataError, KeyError) as error:
        raise _unknown_here(error, [kind.name for kind in LEARNERS]) from error
    for learner in stack.learners_:
        _load_learner(learner, folder, card)
    stack.coefficients_ = np.array(card.coefficients, dtype=np.float64)
    stack.intercept_ = card.intercept
    words: dict[int, str] = {}
    if WORDS_FILE in dict(card.files):
        try:
            words = parse_words((folder / WORDS_FILE).read_bytes())
        except ValueError as error:
            raise ModelTamperedError(folder / WORDS_FILE, "it is not a list of words") from error
    return Model(stack, card, words)


def load_change_model(folder: Path | None = None, threads: int = 1) -> ChangeModel:
    """Return the part of a folder's model, or of the shipped one, that scores changes.

    A model without such a part gives null for every change (`ChangeModel.missing` says why). Raises what `load_model`
    raises.
    """
    folder = PRETRAINED if folder is None else folder
    card = _checked_card(folder)
    if card.change is None:
        return ChangeModel(card, None)
    stack = ChangeStack(card.change.learners, threads)
    try:
        stack.learners_ = [make_change_learner(name, threads) for name in card.change.learners]
    except KeyError as error:
        raise _unknown_here(error, [kind.name for kind in CHANGE_LEARNERS]) from error
    for learner in stack.learners_:
        _load_learner(learner, folder, card)
    stack.coefficients_ = np.array(card.change.coefficients, dtype=np.float64)
    stack.intercept_ = card.change.intercept
    return ChangeModel(card, stack)


def _checked_card(folder: Path) -> ModelCard:
    """Return a folder's card after a look at its files; raises ModelMissingError or ModelTamperedError."""
    card = load_card(folder)
    missing = [name for name, _ in card.files if not (folder / name).is_file()]
    if missing:
        raise ModelMissingError(folder, missing)
    for name, digest in card.files:
        if _sha256(folder / name) != digest:
            raise ModelTamperedError(folder / name, "its digest is not the one in the card")
    return card


def _unknown_here(error: Exception, known: Sequence[str]) -> LibraryMismatchError:
    installed = f"boojum with {', '.join(known)}"
    return LibraryMismatchError(CARD_FILE, "another boojum", installed, f"{error} is not known here")


def load_card(folder: Path | None = None) -> ModelCard:
    """Return the card of a saved model, or of the shipped one, without loading its learners.

    Raises ModelMissingError or ModelTamperedError.
    """
    path = (PRETRAINED if folder is None else folder) / CARD_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ModelMissingError(path.parent, [CARD_FILE]) from error
    try:
        card = parse_card(json.loads(text))
    except (ValueError, TypeError, KeyError) as error:
        raise ModelTamperedError(path, "it is not a model card") from error
    if card.model_id != _identity(card):
        raise ModelTamperedError(path, "its model id does not match its contents")
    if any(Path(name).name != name or name in {"", ".", "..", CARD_FILE} for name, _ in card.files):
        raise ModelTamperedError(path, "it names a file outside its folder")
    return card


def parse_card(fields: dict[str, Any]) -> ModelCard:
    """Return a card from its JSON object; raises KeyError, TypeError or ValueError for anything else."""
    pairs = {name: _string_pairs(fields[name]) for name in ("groups", "versions", "files")}
    tuples = {name: tuple(fields[name]) for name in ("columns", "learners", "coefficients", "limits")}
    change = fields.get("change")
    return ModelCard(
        **{
            **fields,
            **pairs,
            **tuples,
            **_parse_measured(fields),
            "change": None if change is None else _parse_change_card(change),
        }
    )


def _parse_change_card(fields: dict[str, Any]) -> ChangeCard:
    tuples = {name: tuple(fields[name]) for name in ("columns", "differences", "learners", "coefficients")}
    return ChangeCard(**{**fields, **tuples, **_parse_measured(fields)})


def _parse_measured(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the thresholds, the figures and the floors of a card."""
    points = tuple(OperatingPoint(**{**point, "verdict": Verdict(point["verdict"])}) for point in fields["points"])
    metrics = tuple(_parse_result(result) for result in fields["metrics"])
    floors = [FloorResult(**{**floor, "verdict": Verdict(floor["verdict"])}) for floor in fields.get("floors", ())]
    return {"points": points, "metrics": metrics, "floors": tuple(floors)}


def _parse_result(fields: dict[str, Any]) -> ModelResult:
    recalls = tuple(
        RecallAtRate(
            **{**recall, "artifacts": Estimate(**recall["artifacts"]), "campaigns": Estimate(**recall["campaigns"])}
        )
        for recall in fields["recalls"]
    )
    fixed = tuple(OperatingPointResult(**{**at, "verdict": Verdict(at["verdict"])}) for at in fields["fixed"])
    return ModelResult(**{**fields, "recalls": recalls, "fixed": fixed})


def _string_pairs(pairs: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(first), str(second)) for first, second in pairs)


def _load_learner(learner: Learner | ChangeLearner, folder: Path, card: ModelCard) -> None:
    """Load a learner; raises LibraryMismatchError where its library cannot read the file."""
    try:
        learner.load(folder)
    except ModelError:
        raise
    # The digest was right, so the bytes are as written and the library is at fault. Each library raises its own errors
    # for that, most of them ValueError, KeyError or a subclass of one.
    except (XGBoostError, ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        file = learner.files[0]
        library = _LIBRARIES[Path(file).suffix]
        written_by = f"{library} {dict(card.versions).get(library, '?')}"
        installed = f"{library} {dict(library_versions())[library]}"
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise LibraryMismatchError(file, written_by, installed, reason) from error


def _files_of_card(folder: Path) -> list[str]:
    """Return the files that a folder's card names; none where there is no valid card, since they may not be ours."""
    try:
        return [name for name, _ in load_card(folder).files]
    except (ModelMissingError, ModelTamperedError):
        return []


def _identity(card: ModelCard) -> str:
    """Return the model id: 16 hex digits over the rest of the card."""
    fields = asdict(replace(card, model_id=""))
    # Cards of models without these parts keep the id that they had before there were such parts.
    for name in ("floors", "change"):
        if not fields[name]:
            del fields[name]
    core = json.dumps(fields, sort_keys=True)
    return hashlib.blake2b(core.encode(), digest_size=8).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
