"""Runs the syntax pass over one Python file: parses it, resolves its calls and gives them to the detectors."""

from collections.abc import Sequence

from features.code import tokens
from features.code.analysis_draft import AnalysisDraft
from features.code.contract import FileAnalysis
from features.code.detect.contract import CallSite, FileContext
from features.code.detect.registry import FileDetectors
from features.code.evaluate.acting_functions import ActingFunctions
from features.code.evaluate.api_behaviours import ACTING, DECODING, EXECUTING, find_behaviours
from features.code.evaluate.argument_behaviours import call_behaviours
from features.code.evaluate.dataflow import DataFlow
from features.code.evaluate.indirect_calls import IndirectCall, find_indirect_calls
from features.code.evaluate.resolve import Resolver
from features.code.fallback_analysis import analyse_without_tree
from features.code.file_constants import MAX_CONSTANTS, FileConstants
from features.code.hidden_code import Budget, HiddenCodeReader
from features.code.parse.ast_walk import TEXT_TYPES
from features.code.parse.executing_names import SOURCE_BUILTINS
from features.code.parse.fallback_parser import parse_any_version
from features.code.parse.safe_parse import estimate_tokens
from features.code.parse.slice_source import slice_source
from features.code.parse.symbol_table import (
    CONDITION_UNIT,
    IN_MAIN_GUARD,
    IN_SILENT_TRY,
    UNDER_COMMAND_TEST,
    UNDER_HOST_TEST,
    SymbolTable,
)
from features.code.parse.tree_walk import build_symbol_table
from features.code.reach.running_scopes import running_scopes
from features.code.reach.tree_links import links_from_tree
from features.code.reach.unit_links import unit_scope
from features.code.source_layout import measure_layout
from features.contract import Role
from features.limits import SYNTAX_BYTES, SYNTAX_DEPTH
from features.text.decode import decode_source

_DYNAMIC = frozenset(("dynamic_import", "dynamic_attribute"))
_TARGETING = ACTING | {"network_receive"}


def analyse_file(data: bytes, role: Role, lines: Sequence[int] | None = None) -> FileAnalysis:
    """Return the analysis of one Python file; it depends on the arguments alone, and no input raises an error.

    Up to SYNTAX_BYTES are read. If `lines` are given (from 1, ascending), only the statements around them are
    analysed. A file without a syntax tree is analysed by its text, and its counts are then approximate.
    """
    text = decode_source(data[:SYNTAX_BYTES]).text
    if lines is not None and (sliced := slice_source(text, lines)) is not text:
        draft = analyse_text(sliced, role, 0, Budget())
        if draft.parsed:
            return draft.finish()
    return analyse_text(text, role, 0, Budget()).finish()


def analyse_text(text: str, role: Role, depth: int, budget: Budget) -> AnalysisDraft:
    """Return the draft of the analysis of a file's text, or of code hidden `depth` levels deep in it."""
    draft = AnalysisDraft(text, role, depth)
    hidden = HiddenCodeReader(draft, budget, analyse_text)
    measure_layout(draft)
    parsed = parse_any_version(text, SYNTAX_DEPTH, budget.tokens)
    draft.reason = parsed.reason
    draft.counts["python2"] = int(parsed.is_python2)
    if parsed.tree is None:
        draft.parsed = False
        draft.counts["too_deep" if parsed.reason == "depth" else "unparsed"] = 1
        analyse_without_tree(draft, hidden)
        return draft
    held = estimate_tokens(text)
    budget.tokens -= held
    _analyse_tree(draft, build_symbol_table(parsed.tree), hidden)
    budget.tokens += held
    return draft


def _analyse_tree(draft: AnalysisDraft, symbols: SymbolTable, hidden: HiddenCodeReader) -> None:
    resolver = Resolver(symbols)
    dataflow = DataFlow(resolver)
    running = running_scopes(resolver, draft.role)
    constants = FileConstants(draft, resolver, running, hidden)
    detectors = FileDetectors(FileContext(resolver, dataflow, ActingFunctions(resolver), draft.role))
    _count_symbols(draft, symbols)
    # They are kept until the end, because results are known by the identity of nodes.
    indirect_calls = find_indirect_calls(resolver)
    called = _analyse_calls(draft, resolver, dataflow, running, detectors, constants, indirect_calls)
    _count_environment(draft, resolver, running)
    for detection in detectors.check_file():
        draft.add_detection(detection)
    draft.counts["hidden_names"] += len(resolver.computed_names)
    constants.read_all()
    _add_tokens(draft, symbols, called)
    if draft.depth == 0:
        draft.links = links_from_tree(resolver, draft.role, draft.effects)


def _count_symbols(draft: AnalysisDraft, symbols: SymbolTable) -> None:
    counts = draft.counts
    counts["nodes"] += symbols.nodes
    counts["calls"] += len(symbols.calls)
    counts["builds"] += len(symbols.text_builds)
    counts["short_names"] += sum(1 for name in symbols.identifiers if len(name) <= 2)
    for measure, times in symbols.counts.items():
        counts[measure] += times


def _analyse_calls(
    draft: AnalysisDraft,
    resolver: Resolver,
    dataflow: DataFlow,
    running: frozenset[int],
    detectors: FileDetectors,
    constants: FileConstants,
    indirect_calls: Sequence[IndirectCall],
) -> list[tuple[str, bool]]:
    """Give each call to the detectors; return its name and whether its behaviour is known, for the tokens."""
    counts, role = draft.counts, draft.role
    not_at_load_time = UNDER_COMMAND_TEST if role is Role.INSTALL else IN_MAIN_GUARD
    called: list[tuple[str, bool]] = []
    for call, scope, flags in resolver.symbols.calls:
        name = resolver.called_name(call, scope)
        behaviours = call_behaviours(name, find_behaviours(name), call, scope, resolver)
        runs = scope in running and not flags & not_at_load_time
        called.append((name.removeprefix("?."), bool(behaviours)))
        counts["module_calls"] += runs
        if name in ("chr", "unichr"):
            counts["chr_calls"] += 1
        elif name.endswith(".join"):
            counts["joins"] += 1
        if not behaviours and flags < CONDITION_UNIT:
            continue
        site = CallSite(call, scope, unit_scope(scope, flags, role), flags, name, behaviours, runs)
        if behaviours and not _DYNAMIC.isdisjoint(behaviours):
            # Resolving the result records its name, also if it is called elsewhere or passed on.
            resolver.dotted_name(call, scope)
        _analyse_site(draft, site, dataflow, detectors, constants)
        if not DECODING.isdisjoint(behaviours):
            constants.read_decoding_call(call, scope, runs=runs)
    for indirect in indirect_calls:
        call, scope, flags, name, rule = indirect
        runs = scope in running and not flags & not_at_load_time
        site = CallSite(call, scope, unit_scope(scope, flags, role), flags, name, find_behaviours(name), runs)
        _analyse_site(draft, site, dataflow, detectors, constants)
        if rule:
            draft.add_detection(site.match(rule))
    return called


def _analyse_site(
    draft: AnalysisDraft, site: CallSite, dataflow: DataFlow, detectors: FileDetectors, constants: FileConstants
) -> None:
    """Count one call, give it to the detectors, and record what it executes, starts or requests."""
    if site.behaviours:
        _count_call(draft, site, dataflow)
    for detection in detectors.check_call(site):
        draft.add_detection(detection)
    if site.call.args and not _TARGETING.isdisjoint(site.behaviours):
        constants.add_target(site.call.args[0], site.scope, runs=site.runs, is_source=site.name in SOURCE_BUILTINS)


def _count_call(draft: AnalysisDraft, site: CallSite, dataflow: DataFlow) -> None:
    counts, behaviours = draft.counts, site.behaviours
    for behaviour in behaviours:
        counts["call_" + behaviour] += 1
        draft.add_effect(site.unit, behaviour)
        if site.runs:
            counts["run_" + behaviour] += 1
    if not ACTING.isdisjoint(behaviours):
        counts["guarded_calls"] += bool(site.flags & UNDER_HOST_TEST)
        counts["silent_calls"] += bool(site.flags & IN_SILENT_TRY)
    if site.call.args and not EXECUTING.isdisjoint(behaviours):
        layers = dataflow.origin(site.call.args[0], site.scope).layers
        counts["decode_layers"] = max(counts["decode_layers"], layers)


def _count_environment(draft: AnalysisDraft, resolver: Resolver, running: frozenset[int]) -> None:
    """Count the uses of `os.environ`, which is read without a call."""
    for node, scope, flags in resolver.symbols.attributes:
        if node.attr == "environ" and resolver.dotted_name(node, scope) == "os.environ":
            draft.counts["call_environment"] += 1
            draft.counts["run_environment"] += scope in running
            draft.add_effect(unit_scope(scope, flags, draft.role), "environment")


def _add_tokens(draft: AnalysisDraft, symbols: SymbolTable, called: list[tuple[str, bool]]) -> None:
    literals: set[str | bytes] = {
        node.value for node, _ in symbols.constants[:MAX_CONSTANTS] if isinstance(node.value, TEXT_TYPES)
    }
    draft.tokens |= tokens.call_tokens(called)
    draft.tokens |= tokens.name_tokens(symbols.identifiers)
    draft.tokens |= tokens.name_tokens({f".{node.attr}" for node, _, _ in symbols.attributes})
    draft.tokens |= tokens.string_tokens(literals)
