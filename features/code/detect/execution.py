"""Detects code that is decoded, downloaded, read, rebuilt or put together before it is executed."""

import ast
from collections.abc import Iterable, Iterator

from features.code.detect.contract import CallSite, Detection, Detector
from features.code.evaluate.dataflow import SOURCE_BITS, UNPACKED
from features.code.parse.ast_walk import argument_nodes
from features.code.parse.executing_names import CODE_TYPES, SOURCE_BUILTINS

CODE_EXECUTORS = frozenset((*SOURCE_BUILTINS, *(f"types.{name}" for name in CODE_TYPES), "runpy.run_path"))
_RULE_BY_SOURCES = (
    (SOURCE_BITS["deserialize"], "deserialize_then_execute"),
    (UNPACKED, "decode_then_execute"),
    (SOURCE_BITS["network_receive"], "download_then_execute"),
    (SOURCE_BITS["build_text"], "build_then_execute"),
    (SOURCE_BITS["file_read"], "file_then_execute"),
)


class Execution(Detector):
    """Follows the arguments of `exec`, `eval`, `compile` and the types of code and functions."""

    rules = tuple(rule for _, rule in _RULE_BY_SOURCES)
    behaviours = frozenset(("execute_code",))

    def check_call(self, site: CallSite) -> Iterator[Detection]:
        """Yield a rule for each kind of source that the executed code derives from."""
        call = site.call
        if site.name in CODE_EXECUTORS:
            # `types.CodeType` takes the code in one of many arguments, the other types in the first.
            values = argument_nodes(call) if site.name == "types.CodeType" else call.args[:1]
            yield from self._check_executed(site, values)

    def _check_executed(self, site: CallSite, values: Iterable[ast.expr]) -> Iterator[Detection]:
        sources = self.dataflow.sources(values, site.scope)
        for bits, rule in _RULE_BY_SOURCES:
            if sources & bits:
                yield site.match(rule)
