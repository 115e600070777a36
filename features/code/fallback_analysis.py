"""Analyses source without a syntax tree by its text: calls as they are written, and quoted constants."""

import re
from collections.abc import Iterator

from features.code import tokens
from features.code.analysis_draft import AnalysisDraft
from features.code.evaluate.api_behaviours import DECODING, EXECUTING, find_behaviours
from features.code.hidden_code import HiddenCodeReader
from features.code.parse.text_calls import find_calls
from features.code.reach.text_links import links_from_text
from features.code.reach.unit_links import ANY_SCOPE

_MAX_LITERALS = 4_000
_LITERAL = re.compile(r"\"([^\"\\\n]{24,})\"|'([^'\\\n]{24,})'")


def analyse_without_tree(draft: AnalysisDraft, hidden: HiddenCodeReader) -> None:
    """Add the calls and the constants of a text to the draft of its analysis; the counts are approximate.

    Calls in lines without indentation count as running with the file.
    """
    _add_calls(draft)
    draft.tokens |= set(tokens.source_tokens(draft.text))
    for line, value in _quoted_texts(draft.text):
        hidden.read_constant(value, line, 0, runs=True)
    if draft.depth == 0:
        draft.links = links_from_text(draft.text, draft.effects)


def _add_calls(draft: AnalysisDraft) -> None:
    line = -1
    decodes = executes = False
    for call in find_calls(draft.text):
        if call.line != line:
            line, decodes, executes = call.line, False, False
        behaviours = find_behaviours(call.name)
        executes = executes or not EXECUTING.isdisjoint(behaviours)
        decodes = decodes or not DECODING.isdisjoint(behaviours)
        scope = 0 if call.is_top_level else ANY_SCOPE
        draft.counts["calls"] += 1
        for behaviour in behaviours:
            draft.counts["call_" + behaviour] += 1
            draft.add_effect(scope, behaviour)
            if call.is_top_level:
                draft.counts["run_" + behaviour] += 1
        if decodes and executes:
            # Counts again if another call of the line executes.
            executes = False
            draft.add_finding("decode_then_execute", scope, line, draft.excerpt(line))


def _quoted_texts(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line (from 1) and the content of long literals without escapes."""
    line, counted = 1, 0
    for number, match in enumerate(_LITERAL.finditer(text)):
        if number >= _MAX_LITERALS:
            return
        line += text.count("\n", counted, match.start())
        counted = match.start()
        yield line, match[1] or match[2]
