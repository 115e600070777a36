"""Imitations of a popular project: its name misspelt over a nearly empty body, or over a copy with one file changed."""

from dataclasses import replace
from posixpath import basename

from features.reference.popular_names import popular_names
from jobs.corpus.variants.contract import Entry, Order, Package
from jobs.corpus.variants.insertion import put_code
from jobs.corpus.variants.payloads import find_payload
from jobs.corpus.variants.places import find_places
from jobs.corpus.variants.wrapping import Numbers

_WELL_KNOWN = 400
_AFFIXES = ("py", "python-", "-py", "-sdk", "-utils", "-core", "-lib", "2", "-dev")
_BODIES = (
    b"",
    b'"""Placeholder."""\n\n__version__ = "0.0.1"\n',
    b"def hello():\n    return 1\n",
    b"print('hello')\n",
    b"name = __name__\n",
)
_METADATA = ("METADATA", "PKG-INFO")


class Codeless:
    """Recipe "empty" (a name and next to nothing) or "copy" (the base, renamed, with a payload in one file)."""

    name = "codeless"
    recipes = ("empty", "copy")

    def make(self, package: Package, order: Order) -> Package:
        """Return the imitation; `package` is what its metadata or its files are copied from."""
        if order.variant.recipe == "copy":
            code = find_payload(order.variant.payload).body.encode()
            changed = put_code(package, "import", code, order.random)
            return _renamed(changed, imitate(package.project, order.random))
        popular = list(popular_names().ranks)[:_WELL_KNOWN]
        return _empty(package, imitate(order.random.choice(popular), order.random), order.random)


def imitate(name: str, numbers: Numbers) -> str:
    """Return a name that is near to another and is not itself popular."""
    known = popular_names().ranks
    while True:
        at = numbers.randrange(len(name))
        way = numbers.randrange(6)
        if way == 0:
            made = name[:at] + name[at + 1 :]
        elif way == 1:
            made = name[:at] + name[at] + name[at:]
        elif way == 2 and at + 1 < len(name):
            made = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        elif way == 3:
            made = name[:at] + numbers.choice("aeioumnrstl") + name[at + 1 :]
        elif way == 4:
            affix = numbers.choice(_AFFIXES)
            made = affix + name if affix in {"py", "python-"} else name + affix
        else:
            made = name.replace("-", "") if "-" in name else name[: at or 1] + "-" + name[at or 1 :]
        made = made.strip("-")
        if len(made) > 2 and made != name and made not in known and made[0].isalnum():
            return made


def _empty(package: Package, name: str, numbers: Numbers) -> Package:
    version = numbers.choice(("0.0.1", "1.0.0", "0.1", "99.9.9", "1.0.3"))
    stem = name.replace("-", "_")
    root = f"{stem}-{version}"
    told = next((data for path, data in package.files().items() if basename(path) in _METADATA), b"")
    said = _metadata(told, name, version)
    if numbers.random() < 0.5:
        said = said.partition(b"\n\n")[0] + b"\n"
    summary = next(
        (line[9:] for line in said.decode("utf-8", "replace").splitlines() if line.startswith("Summary: ")), ""
    )
    setup = (
        f"from setuptools import setup, find_packages\n\nsetup(\n    name={name!r},\n    version={version!r},\n"
        f"    description={summary!r},\n    packages=find_packages(),\n)\n"
    )
    body = numbers.choice(_BODIES)
    info = f"{root}/{stem}.egg-info"
    files = {
        f"{root}/PKG-INFO": said,
        f"{root}/setup.cfg": b"[egg_info]\ntag_build = \ntag_date = 0\n",
        f"{root}/setup.py": setup.encode(),
        f"{root}/{stem}/__init__.py": body,
        f"{info}/PKG-INFO": said,
        f"{info}/dependency_links.txt": b"\n",
        f"{info}/top_level.txt": f"{stem}\n".encode(),
    }
    listed = sorted(path.removeprefix(f"{root}/") for path in (*files, f"{info}/SOURCES.txt"))
    files[f"{info}/SOURCES.txt"] = ("\n".join(listed) + "\n").encode()
    entries = tuple(Entry(path, data) for path, data in files.items())
    return Package(f"{root}.tar.gz", name, version, "tar.gz", entries)


def _renamed(package: Package, name: str) -> Package:
    """Return a package under another name: its file, its top folder and its metadata, not what it imports."""
    stem, before = name.replace("-", "_"), package.filename.partition(f"-{package.version}")[0]
    root = find_places(package).root.rstrip("/")
    folders = {f"{root}/": f"{stem}-{package.version}/"} if root else {}
    entries = []
    for entry in package.entries:
        path, data = entry.path, entry.data
        for old, new in folders.items():
            path = new + path[len(old) :] if path.startswith(old) else path
        path = path.replace(f"{before}-{package.version}.dist-info/", f"{stem}-{package.version}.dist-info/")
        path = path.replace(f"{before}.egg-info/", f"{stem}.egg-info/")
        if basename(path) in _METADATA:
            data = _metadata(data, name, package.version)
        elif basename(path) == "RECORD":
            data = data.replace(
                f"{before}-{package.version}.dist-info/".encode(), f"{stem}-{package.version}.dist-info/".encode()
            )
        elif basename(path) in {"setup.py", "setup.cfg", "pyproject.toml"}:
            for quote in (b'"', b"'"):
                data = data.replace(quote + package.project.encode() + quote, quote + name.encode() + quote, 1)
        entries.append(replace(entry, path=path, data=data))
    return replace(package, filename=stem + package.filename[len(before) :], project=name, entries=tuple(entries))


def _metadata(data: bytes, name: str, version: str) -> bytes:
    lines = data.split(b"\n")
    made = []
    in_head = True
    for line in lines or [b""]:
        in_head = in_head and bool(line.strip())
        if in_head and line.lower().startswith(b"name:"):
            line = f"Name: {name}".encode()  # noqa: PLW2901 - the same line, said anew
        elif in_head and line.lower().startswith(b"version:"):
            line = f"Version: {version}".encode()  # noqa: PLW2901 - as above
        made.append(line)
    if not data.strip():
        made = [b"Metadata-Version: 2.1", f"Name: {name}".encode(), f"Version: {version}".encode(), b""]
    return b"\n".join(made)
