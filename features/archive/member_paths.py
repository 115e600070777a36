"""Normalises the paths of members as extracting them would."""

from collections.abc import Sequence


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
