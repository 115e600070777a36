"""Resolves the paths of members as an extraction would."""

from collections.abc import Sequence


def normalise_path(path: str) -> str:
    r"""Return a member's path as an extraction resolves it: `\` as `/`, without `.`, `..` and roots."""
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
    """Return what `normalise_path` says of each; nearly always all of them are clean, which one look tells."""
    together = " /" + " /".join(paths)
    if "\\" not in together and "//" not in together and "/." not in together:
        return list(paths)
    return list(map(normalise_path, paths))
