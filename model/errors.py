"""Defines the errors of the model room: each has its facts as attributes, a sentence, and a hint."""

from collections.abc import Sequence
from pathlib import Path


class ModelError(Exception):
    """Base class of this room's errors; `hint` is the next step for the user."""

    hint: str = ""


class ModelMissingError(ModelError):
    """A folder holds no complete saved model."""

    hint = "name a folder that `boojum train` wrote, or train one"

    def __init__(self, folder: Path, missing: Sequence[str]) -> None:
        super().__init__(folder, missing)
        self.folder = folder
        self.missing = tuple(missing)

    def __str__(self) -> str:
        return f"no complete model in {self.folder}: {', '.join(self.missing)} missing"


class ModelTamperedError(ModelError):
    """A file of a saved model does not match the model's card."""

    hint = "restore the folder from where it came, or train the model again"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path} is not what was saved: {self.reason}"


class LibraryMismatchError(ModelError):
    """The installed version of a library cannot read a file that another version wrote."""

    hint = "install the versions of requirements.lock, or train the model again with `boojum train`"

    def __init__(self, file: str, written_by: str, installed: str, reason: str) -> None:
        super().__init__(file, written_by, installed, reason)
        self.file = file
        self.written_by = written_by
        self.installed = installed
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.file} was written by {self.written_by} and {self.installed} cannot read it: {self.reason}"


class SchemaMismatchError(ModelError):
    """A feature table has another schema than the model, or than the installed feature groups.

    `groups` are the feature groups that changed, appeared or went.
    """

    hint = "extract the artifacts again with this version, or train a model for this schema with `boojum train`"

    def __init__(self, found: str, expected: str, groups: Sequence[str]) -> None:
        super().__init__(found, expected, groups)
        self.found = found
        self.expected = expected
        self.groups = tuple(groups)

    def __str__(self) -> str:
        changed = ", ".join(self.groups) or "the fixed columns"
        found = self.found or "not stated"
        return f"the table's schema is {found}, the model's is {self.expected}; changed: {changed}"


class TrainingDataError(ModelError):
    """The labelled rows lack what training or evaluation needs."""

    hint = "build the rows again with `boojum corpus`"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot train on these rows: {self.reason}"
