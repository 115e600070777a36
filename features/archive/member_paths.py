"""Normalises the paths of members as extracting them would."""

from collections.abc import Sequence

_OWN_CONTENT = "::$data"
"""Name of the stream of a file on NTFS that is its content, in lower case."""


def normalise_path(path: str) -> str:
    r"""Return the path at which a member is extracted: with `/` for `\`, without `.`, `..` and roots."""
    if "\\" not in path and "//" not in path and "/." not in path and path[:1] not in {".", "/"}:
        return path
    parts: list[str] = []
    for part in path.replace("\\", "/").split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def normalise_paths(paths: Sequence[str]) -> list[str]:
    """Return each path as `normalise_path` does."""
    # One search covers all paths, because paths that change are rare.
    joined = " /" + " /".join(paths)
    if "\\" not in joined and "//" not in joined and "/." not in joined:
        return list(paths)
    return list(map(normalise_path, paths))


def path_on_windows(path: str) -> str:
    r"""Return a path with `/` for `\`, and with the file name that Windows gives it.

    Windows drops dots and blanks at the end of a name, and `::$DATA`, the name of a file's own content (NTFS streams).
    """
    if "\\" in path:
        path = path.replace("\\", "/")
    if path[-1:] not in {".", " "} and not path[-7:].lower().endswith(_OWN_CONTENT):
        return path
    folder, slash, name = path.rpartition("/")
    while name != (shorter := _without_end(name)):
        name = shorter
    return f"{folder}{slash}{name}"


def _without_end(name: str) -> str:
    return name[: -len(_OWN_CONTENT)] if name.lower().endswith(_OWN_CONTENT) else name.rstrip(". ")
