"""Bounds declared text for the feature table."""


def bounded_text(text: str, characters: int) -> str:
    """Return text without surplus white space, cut, and valid in UTF-8: a literal may hold halves of letters."""
    short = " ".join(text[: 4 * characters].split())[:characters]
    return short if short.isascii() else short.encode("utf-8", "replace").decode()
