"""Imitates a popular project: a misspelt name over a nearly empty body, or over a copy with a payload in one file."""

from dataclasses import replace
from posixpath import basename
from random import Random

from features.reference.popular_names import popular_names
from jobs.corpus.variants.contract import ArchiveMember, Package, VariantContext
from jobs.corpus.variants.insertion import insert_code
from jobs.corpus.variants.module_paths import find_module_paths
from jobs.corpus.variants.payloads import find_payload

_MAX_RANK = 400
"""Popular names that an empty imitation is drawn from."""
_AFFIXES = ("py", "python-", "-py", "-sdk", "-utils", "-core", "-lib", "2", "-dev")
_BODIES = (
    b"",
    b'"""Placeholder."""\n\n__version__ = "0.0.1"\n',
    b"def hello():\n    return 1\n",
    b"print('hello')\n",
    b"name = __name__\n",
)
_METADATA_FILES = ("METADATA", "PKG-INFO")
_BUILD_FILES = ("setup.py", "setup.cfg", "pyproject.toml")


class Typosquat:
    """An imitation; recipe "empty" is a name with next to no code, "copy" the base under a name near to its own.

    Lists and seeds call the kind "codeless", from before it had the second recipe.
    """

    name = "codeless"
    recipes = ("empty", "copy")

    def make(self, package: Package, context: VariantContext) -> Package:
        """Return the imitation; "empty" takes the description of `package`, "copy" its files."""
        if context.variant.recipe == "copy":
            code = find_payload(context.variant.payload).source.encode()
            changed = insert_code(package, "import", code, context.rng)
            return _rename_package(changed, misspell(package.project, context.rng))
        popular = list(popular_names().ranks)[:_MAX_RANK]
        return _empty_sdist(package, misspell(context.rng.choice(popular), context.rng), context.rng)


def misspell(name: str, rng: Random) -> str:
    """Return a name near to another: one edit, an affix or a moved hyphen; never a popular name itself."""
    popular = popular_names().ranks
    while True:
        index = rng.randrange(len(name))
        edit = rng.randrange(6)
        if edit == 0:
            candidate = name[:index] + name[index + 1 :]
        elif edit == 1:
            candidate = name[:index] + name[index] + name[index:]
        elif edit == 2 and index + 1 < len(name):
            candidate = name[:index] + name[index + 1] + name[index] + name[index + 2 :]
        elif edit == 3:
            candidate = name[:index] + rng.choice("aeioumnrstl") + name[index + 1 :]
        elif edit == 4:
            affix = rng.choice(_AFFIXES)
            candidate = affix + name if affix in {"py", "python-"} else name + affix
        else:
            candidate = name.replace("-", "") if "-" in name else name[: index or 1] + "-" + name[index or 1 :]
        candidate = candidate.strip("-")
        if len(candidate) > 2 and candidate != name and candidate not in popular and candidate[0].isalnum():
            return candidate


def _empty_sdist(package: Package, name: str, rng: Random) -> Package:
    """Return an sdist of one nearly empty module, with the metadata of `package` under another name."""
    version = rng.choice(("0.0.1", "1.0.0", "0.1", "99.9.9", "1.0.3"))
    stem = name.replace("-", "_")
    root = f"{stem}-{version}"
    original = next((data for path, data in package.files().items() if basename(path) in _METADATA_FILES), b"")
    metadata = _rename_metadata(original, name, version)
    if rng.random() < 0.5:
        metadata = metadata.partition(b"\n\n")[0] + b"\n"
    summary = next(
        (line[9:] for line in metadata.decode("utf-8", "replace").splitlines() if line.startswith("Summary: ")), ""
    )
    setup = (
        f"from setuptools import setup, find_packages\n\nsetup(\n    name={name!r},\n    version={version!r},\n"
        f"    description={summary!r},\n    packages=find_packages(),\n)\n"
    )
    info = f"{root}/{stem}.egg-info"
    files = {
        f"{root}/PKG-INFO": metadata,
        f"{root}/setup.cfg": b"[egg_info]\ntag_build = \ntag_date = 0\n",
        f"{root}/setup.py": setup.encode(),
        f"{root}/{stem}/__init__.py": rng.choice(_BODIES),
        f"{info}/PKG-INFO": metadata,
        f"{info}/dependency_links.txt": b"\n",
        f"{info}/top_level.txt": f"{stem}\n".encode(),
    }
    sources = sorted(path.removeprefix(f"{root}/") for path in (*files, f"{info}/SOURCES.txt"))
    files[f"{info}/SOURCES.txt"] = ("\n".join(sources) + "\n").encode()
    members = tuple(ArchiveMember(path, data) for path, data in files.items())
    return Package(f"{root}.tar.gz", name, version, "tar.gz", members)


def _rename_package(package: Package, name: str) -> Package:
    """Return a package with another name in its file name, top folder and metadata; import names stay."""
    stem, old_stem = name.replace("-", "_"), package.filename.partition(f"-{package.version}")[0]
    root = find_module_paths(package).root
    old_dist_info = f"{old_stem}-{package.version}.dist-info/"
    dist_info = f"{stem}-{package.version}.dist-info/"
    members = []
    for member in package.members:
        path, data = member.path, member.data
        if root and path.startswith(root):
            path = f"{stem}-{package.version}/" + path.removeprefix(root)
        path = path.replace(old_dist_info, dist_info).replace(f"{old_stem}.egg-info/", f"{stem}.egg-info/")
        if basename(path) in _METADATA_FILES:
            data = _rename_metadata(data, name, package.version)
        elif basename(path) == "RECORD":
            data = data.replace(old_dist_info.encode(), dist_info.encode())
        elif basename(path) in _BUILD_FILES:
            for quote in (b'"', b"'"):
                data = data.replace(quote + package.project.encode() + quote, quote + name.encode() + quote, 1)
        members.append(replace(member, path=path, data=data))
    filename = stem + package.filename[len(old_stem) :]
    return replace(package, filename=filename, project=name, members=tuple(members))


def _rename_metadata(data: bytes, name: str, version: str) -> bytes:
    """Return core metadata with another Name and Version; a minimal one where `data` is empty."""
    if not data.strip():
        return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    lines = data.split(b"\n")
    for index, line in enumerate(lines):
        if not line.strip():
            break
        if line.lower().startswith(b"name:"):
            lines[index] = f"Name: {name}".encode()
        elif line.lower().startswith(b"version:"):
            lines[index] = f"Version: {version}".encode()
    return b"\n".join(lines)
