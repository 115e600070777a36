"""Defines the interface of detectors: their input, their result and their base class.

A detector is one family of rules. It is a class in a file of its own, derived from `Detector` and listed in
`features.code.detect.registry.DETECTORS`; its rules are listed in `features.code.detect.rules`.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from features.code.evaluate.acting_functions import ActingFunctions
from features.code.evaluate.api_behaviours import BEHAVIOURS
from features.code.evaluate.dataflow import DataFlow
from features.code.evaluate.resolve import Resolver
from features.contract import Role

ANY_BEHAVIOUR = frozenset(behaviour.id for behaviour in BEHAVIOURS)


class Detection(NamedTuple):
    """A rule that matched: its id, the node, the scope that runs with it, and a factor on the rule's weight."""

    rule: str
    node: ast.AST
    scope: int
    factor: float = 1.0


class CallSite(NamedTuple):
    """One call, with the results of resolving it.

    `scope` is the index of the scope that contains the call, `unit` that of the scope it runs with (`unit_scope` of
    `features.code.reach.unit_links`). `flags` are those of `features.code.parse.symbol_table`. `name` is the dotted
    name that is called, `behaviours` are the behaviours of calling it, and `runs` says whether the call runs by itself
    when the file is imported or installed.
    """

    call: ast.Call
    scope: int
    unit: int
    flags: int
    name: str
    behaviours: tuple[str, ...]
    runs: bool

    def match(self, rule: str, factor: float = 1.0) -> Detection:
        """Return the detection of a rule that matched this call."""
        return Detection(rule, self.call, self.unit, factor)


@dataclass(frozen=True, slots=True)
class FileContext:
    """The state that all detectors of one file share."""

    resolver: Resolver
    dataflow: DataFlow
    acting: ActingFunctions
    role: Role


class Detector:
    """A family of rules; each file has its own instance, so that a detector may keep state.

    `rules` are the ids that it returns. It is given the calls with one of its `behaviours` and, if
    `takes_conditional_calls`, also all other calls under a condition.
    """

    rules: ClassVar[tuple[str, ...]]
    behaviours: ClassVar[frozenset[str]] = frozenset()
    takes_conditional_calls: ClassVar[bool] = False

    def __init__(self, file: FileContext) -> None:
        self.resolver = file.resolver
        self.dataflow = file.dataflow
        self.acting = file.acting
        self.role = file.role

    def check_call(self, site: CallSite) -> Iterable[Detection]:  # noqa: ARG002 - for a detector without call rules
        """Return the rules that match one call; calls are given in source order."""
        return ()

    def check_file(self) -> Iterable[Detection]:
        """Return the rules that match the file as a whole, after its last call."""
        return ()
