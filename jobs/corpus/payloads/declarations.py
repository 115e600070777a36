"""Changes what a release declares: headers of METADATA and PKG-INFO, requirements, entry points, its version."""

import re
from collections.abc import Callable, Iterator, Mapping
from posixpath import basename

_METADATA = ("METADATA", "PKG-INFO")
_BUILD_SYSTEM = re.compile(r"^\[build-system\]\n(?:(?!\[).*\n?)*", re.MULTILINE)


def metadata_paths(files: Mapping[str, bytes]) -> list[str]:
    """Return the paths of METADATA and PKG-INFO files that belong to the release itself."""
    found = [p for p in files if basename(p) in _METADATA and p.count("/") <= 2]
    return sorted(p for p in found if p.count("/") <= 1 or ".egg-info/" in p)


def with_header(data: bytes, name: str, value: str) -> bytes:
    """Return a metadata file with one more header, behind the last one of its name or at the end of the headers."""
    head, separator, body = data.replace(b"\r\n", b"\n").partition(b"\n\n")
    lines = head.rstrip(b"\n").split(b"\n")
    same = [at for at, line in enumerate(lines) if line.lower().startswith(name.lower().encode() + b":")]
    at = same[-1] + 1 if same else len(lines)
    while at < len(lines) and lines[at][:1] in (b" ", b"\t"):
        at += 1
    lines.insert(at, f"{name}: {value}".encode())
    return b"\n".join(lines) + b"\n" + (b"\n" + body if separator else b"")


def replace_header(data: bytes, name: str, value: str) -> bytes:
    """Return a metadata file with the first header of a name replaced, or added."""
    head, separator, body = data.replace(b"\r\n", b"\n").partition(b"\n\n")
    pattern = re.compile(rb"^" + re.escape(name.encode()) + rb":.*(\n[ \t].*)*$", re.MULTILINE | re.IGNORECASE)
    line = f"{name}: {value}".encode()
    changed, count = pattern.subn(lambda _: line, head, count=1)
    return (changed if count else head.rstrip(b"\n") + b"\n" + line) + (separator + body if separator else b"\n")


def add_requirement(files: Mapping[str, bytes], requirement: str) -> dict[str, bytes]:
    """Return the files that change where a requirement is added: metadata, requires.txt, setup.py, pyproject.toml."""
    changed = {path: with_header(files[path], "Requires-Dist", requirement) for path in metadata_paths(files)}
    for path, data in files.items():
        name = basename(path)
        if name == "requires.txt" and ".egg-info/" in path:
            changed[path] = requirement.encode() + b"\n" + data
        elif name == "setup.py" and path.count("/") <= 1:
            edited = re.sub(
                rb"(install_requires\s*=\s*\[)", lambda m: m[1] + repr(requirement).encode() + b", ", data, count=1
            )
            changed |= {path: edited} if edited != data else {}
        elif name == "pyproject.toml" and path.count("/") <= 1:
            edited = re.sub(
                rb"(?m)^(dependencies\s*=\s*\[)", lambda m: m[1] + f'\n    "{requirement}",'.encode(), data, count=1
            )
            changed |= {path: edited} if edited != data else {}
    return changed


def with_build_system(project: bytes, lines: str) -> str:
    """Return a pyproject.toml with these lines as its build system."""
    text, block = project.decode("utf-8", "replace"), f"[build-system]\n{lines}\n"
    return _BUILD_SYSTEM.sub(lambda _: block, text, count=1) if _BUILD_SYSTEM.search(text) else f"{block}{text}"


def add_entry_point(files: Mapping[str, bytes], info: str, group: str, line: str) -> dict[str, bytes]:
    """Return {path of entry_points.txt: content} with one line more in a group; `info` is the folder of metadata."""
    path = f"{info}/entry_points.txt"
    text = files.get(path, b"").decode("utf-8", "replace")
    header = f"[{group}]\n"
    if header in text:
        text = text.replace(header, f"{header}{line}\n", 1)
    else:
        text = f"{text.rstrip()}\n\n{header}{line}\n".lstrip("\n")
    return {path: text.encode()}


def info_folder(files: Mapping[str, bytes]) -> str:
    """Return the `.dist-info` or `.egg-info` folder, "" without one."""
    return next(_info_folders(files), "")


def _info_folders(files: Mapping[str, bytes]) -> Iterator[str]:
    for path in sorted(files):
        folder = path.rpartition("/")[0]
        if folder.endswith((".dist-info", ".egg-info")) and folder.count("/") <= 2:
            yield folder


def raise_version(version: str, choose: Callable[[tuple[str, ...]], str]) -> str:
    """Return a next version: the last number raised, or the one before it and the last 0, or a post release."""
    match = re.fullmatch(r"(\d+(?:\.\d+)*)(.*)", version)
    if not match:
        return f"{version}.post1"
    numbers = [int(n) for n in match[1].split(".")]
    patch = ".".join(map(str, [*numbers[:-1], numbers[-1] + 1])) if len(numbers) > 1 else f"{match[1]}.1"
    minor = ".".join(map(str, [*numbers[:-2], numbers[-2] + 1, 0])) if len(numbers) > 2 else patch
    return choose((patch, patch, patch, minor, f"{match[1]}.post1" if "post" not in version else patch))


def renamed_path(path: str, old: str, new: str) -> str:
    """Return a member's path with the version in its first folder, and in a folder of metadata, replaced."""
    parts = path.split("/")
    for at, part in enumerate(parts[:-1]):
        if at == 0 or part.endswith((".dist-info", ".data")):
            parts[at] = re.sub(rf"-{re.escape(old)}(?=$|\.dist-info$|\.data$)", f"-{new}", part)
    return "/".join(parts)


def with_version(path: str, data: bytes, old: str, new: str) -> bytes:
    """Return a file with its own version replaced, where it is one that states the version of the release."""
    name = basename(path)
    if name in _METADATA and path.count("/") <= 2:
        return replace_header(data, "Version", new)
    is_source = name in {
        "setup.py",
        "__init__.py",
        "_version.py",
        "version.py",
        "__version__.py",
        "__about__.py",
        "about.py",
    }
    if (is_source and path.count("/") <= 3) or (name in {"pyproject.toml", "setup.cfg"} and path.count("/") <= 1):
        pattern = rb"(?im)^(\s*_*version(?:_tuple)?_*\s*[=:]\s*['\"]?)" + re.escape(old.encode()) + rb"(?=['\",\s]|$)"
        return re.sub(pattern, lambda match: match[1] + new.encode(), data, count=1)
    return data
