"""Measures the layout of source text: long lines, several statements in one line, code out of sight."""

import re

from features.code.analysis_draft import AnalysisDraft

_NEXT_STATEMENT = re.compile(r";[ \t]*[A-Za-z_]")
_GAP = " " * 80
"""White space that pushes the rest of a line off most screens."""
_LONG_START = 60
"""Columns after which white space counts as a gap even if no code precedes it."""
_MAX_FINDINGS = 4
_MAX_EXCERPT = 200


def measure_layout(draft: AnalysisDraft) -> None:
    """Add the layout of a text, and its code that is out of sight, to the draft of its analysis."""
    text, counts = draft.text, draft.counts
    counts["statement_chains"] = len(_NEXT_STATEMENT.findall(text))
    counts["longest_line"] = max(map(len, text.split("\n")), default=0)
    if _GAP not in text:
        return
    for number, line in enumerate(text.split("\n"), 1):
        before, gap, after = line.rstrip().rpartition(_GAP)
        hidden = after.strip()
        if not gap or not hidden or hidden.startswith("#") or not (before.strip() or len(before) > _LONG_START):
            continue
        counts["offscreen_lines"] += 1
        if counts["offscreen_lines"] <= _MAX_FINDINGS and draft.depth == 0:
            draft.add_finding("offscreen_code", 0, number, hidden[:_MAX_EXCERPT])
