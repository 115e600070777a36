"""Renders the result of a hunt for a terminal."""

from collections.abc import Iterator

from audit.escape import as_terminal
from audit.hunting.contract import HuntHit, HuntResult

_NAME, _PLACE, _EXCERPT = 80, 120, 160
_UNREAD = 10


def render_hunt(result: HuntResult) -> str:
    """Return one block of lines an artifact, and the counts."""
    return "\n".join([*_artifacts(result), *_counts(result)])


def _artifacts(result: HuntResult) -> Iterator[str]:
    path = None
    for hit in result.hits:
        if hit.path != path:
            path = hit.path
            score = "" if hit.score is None else f" {hit.score:.4f}"
            yield f"{hit.verdict}{score}  {as_terminal(hit.filename, _NAME)}  {hit.sha256}"
        yield f"    {_describe(hit)}"


def _describe(hit: HuntHit) -> str:
    place = f"  {as_terminal(hit.place, _PLACE)}" if hit.place else ""
    excerpt = f"  {as_terminal(hit.excerpt.strip(), _EXCERPT)}" if hit.excerpt else ""
    return f"{as_terminal(hit.asked, _NAME)}{place}{excerpt}"


def _counts(result: HuntResult) -> Iterator[str]:
    if not result.total:
        yield "nothing found"
    else:
        yield f"{result.total:,} places in {result.artifacts:,} artifacts"
    if (more := result.total - len(result.hits)) > 0:
        yield f"{more:,} of them are not shown; --limit shows more"
    if result.searched:
        yield f"{result.searched:,} files read again, {len(result.unread):,} not searched to their end"
    for filename, reason in result.unread[:_UNREAD]:
        yield f"  {as_terminal(filename, _NAME)}: {as_terminal(reason, _EXCERPT)}"
    if len(result.unread) > _UNREAD:
        yield f"  and {len(result.unread) - _UNREAD:,} more; --json names them"
