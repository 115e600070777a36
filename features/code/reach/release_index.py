"""Resolves dotted names across the files of a release to code units."""

from collections.abc import Sequence
from typing import NamedTuple

from features.archive.member_paths import normalise_path
from features.code.analysed_file import AnalysedFile
from features.code.contract import ANY_UNIT, size_of_links
from features.code.reach.module_index import ModuleIndex, installed_paths
from features.code.reach.running_scopes import IMPLICIT_METHODS
from features.code.reach.text_links import ImportedName, links_from_text, read_imports
from features.code.reach.unit_links import NO_LINKS, FileLinks
from features.runtime.cache import cached, content_key, size_of_words
from features.text.decode import decode_source

MAX_LOOKUPS = 300_000
"""Names of one release that are resolved, including those that modules re-export."""
MAX_TEXT_BYTES = 512 * 2**10
"""Bytes of source without a syntax analysis that are read for imports, which may lead to analysed files."""
FILE_TEXT_BYTES = 256 * 2**10
"""Bytes of one such file that are read."""
_MAX_HOPS = 8
"""Modules through which a re-exported name is followed."""


class Target(NamedTuple):
    """A code unit of a release: the index of its file, and its number among the units of that file."""

    file: int
    unit: int


class FileIndex:
    """The units and aliases of one file, by name."""

    __slots__ = ("aliases", "links", "units")

    def __init__(self, links: FileLinks) -> None:
        self.links = links
        self.units: dict[str, list[int]] = {}
        self.aliases: dict[str, list[str]] = {}
        for number, unit in enumerate(links.units):
            self.units.setdefault(unit.name, []).append(number)
        for name, meaning in links.aliases:
            self.aliases.setdefault(name, []).append(meaning)


class ReleaseIndex:
    """The files of one release, their modules, and the units that names in them refer to.

    Files are identified by their index in `files`. Without `reads_text`, a file without a syntax analysis has no links.
    """

    def __init__(self, files: Sequence[AnalysedFile], root: str) -> None:
        self.files = files
        self.modules = ModuleIndex(installed_paths((normalise_path(file.member.path) for file in files), root))
        self.reads_text = True
        self.lookups_left = MAX_LOOKUPS
        self._text_bytes_left = MAX_TEXT_BYTES
        self._indexes: dict[int, FileIndex] = {}
        self._targets: dict[tuple[int, str], tuple[Target, ...]] = {}
        self._imported: dict[Target, tuple[int, ...]] = {}

    def file(self, index: int) -> FileIndex:
        """Return the units and aliases of a file."""
        found = self._indexes.get(index)
        if found is None:
            found = self._indexes[index] = FileIndex(self._read_links(index))
        return found

    def imported_files(self, file: int, unit: int, names: Sequence[str]) -> tuple[int, ...]:
        """Return the files of the release that a unit imports; `names` are its imports."""
        known = self._imported.get(Target(file, unit))
        if known is None:
            found = dict.fromkeys(self.modules.find_module(name, file) for name in names)
            known = self._imported[Target(file, unit)] = tuple(index for index in found if index >= 0)
        return known

    def called_units(self, name: str, file: int) -> tuple[Target, ...]:
        """Return the units that run if a file calls a dotted name from outside itself."""
        return self._resolve(name, file, 0)

    def attribute_units(self, file: int, name: str) -> tuple[Target, ...]:
        """Return the units that run if an attribute of a module is called."""
        return self._resolve_attribute(file, name, 0)

    def _read_links(self, index: int) -> FileLinks:
        file = self.files[index]
        if file.analysis is not None:
            return FileLinks(file.analysis.units, file.analysis.aliases, file.analysis.star_imports)
        if not file.python or not self.reads_text or self._text_bytes_left <= 0:
            return NO_LINKS
        data = file.python[:FILE_TEXT_BYTES]
        self._text_bytes_left -= len(data)
        key = file.key if len(data) == len(file.python) and file.key else content_key(data)
        source = _SourceText(key, data)
        leading = tuple(imported for imported in _read_imports(source) if self.modules.may_contain(imported.module))
        return _read_text_links(source, leading) if leading else NO_LINKS

    def _resolve(self, name: str, file: int, hops: int) -> tuple[Target, ...]:
        key = (file, name)
        known = self._targets.get(key)
        if known is None:
            self._targets[key] = ()  # the result for a name that leads back to itself
            known = self._targets[key] = self._resolve_unknown(name, file, hops)
        return known

    def _resolve_unknown(self, name: str, file: int, hops: int) -> tuple[Target, ...]:
        self.lookups_left -= 1
        if hops > _MAX_HOPS or self.lookups_left < 0:
            return ()
        module, rest = self.modules.split_name(name, file)
        if module >= 0:
            return self._resolve_attribute(module, rest, hops) if rest else ()
        return self._resolve_star_import(file, name, hops) if not name.startswith(".") else ()

    def _resolve_star_import(self, file: int, name: str, hops: int) -> tuple[Target, ...]:
        for star in self.file(file).links.star_imports:
            module = self.modules.find_module(star, file)
            if module >= 0 and module != file:
                found = self._resolve_attribute(module, name, hops + 1)
                if found:
                    return found
        return ()

    def _resolve_attribute(self, file: int, name: str, hops: int) -> tuple[Target, ...]:
        key = (file, "=" + name)
        known = self._targets.get(key)
        if known is None:
            self._targets[key] = ()
            known = self._targets[key] = self._resolve_unknown_attribute(file, name, hops)
        return known

    def _resolve_unknown_attribute(self, file: int, name: str, hops: int) -> tuple[Target, ...]:
        """Find a function or class of the file, or else the target of an alias or a star import."""
        self.lookups_left -= 1
        if hops > _MAX_HOPS or self.lookups_left < 0:
            return ()
        index = self.file(file)
        units = [*index.units.get(name, ())]
        for method in IMPLICIT_METHODS:
            units += index.units.get(f"{name}.{method}", ())
        if units:
            return tuple(Target(file, unit) for unit in units)
        first, dot, rest = name.partition(".")
        for alias in index.aliases.get(first, ()):
            if alias.startswith("="):
                found = self._resolve_attribute(file, alias[1:] + dot + rest, hops + 1)
            else:
                found = self._resolve(alias + dot + rest, file, hops + 1)
            if found:
                return found
        if index.links.star_imports:
            found = self._resolve_star_import(file, name, hops)
            if found:
                return found
        return tuple(Target(file, unit) for unit in index.units.get(ANY_UNIT, ()))


class _SourceText(NamedTuple):
    """The beginning of a file without a syntax analysis, and its `content_key`."""

    key: bytes
    data: bytes


@cached("imports", key=lambda text: text.key, size_of=lambda found: sum([100 + size_of_words(i[:3]) for i in found]))
def _read_imports(text: _SourceText) -> tuple[ImportedName, ...]:
    return tuple(read_imports(decode_source(text.data).text))


@cached(
    "import_links",
    key=lambda text, leading: (text.key, leading),
    size_of=lambda links: size_of_links(links.units, links.aliases),
)
def _read_text_links(text: _SourceText, leading: tuple[ImportedName, ...]) -> FileLinks:
    return links_from_text(decode_source(text.data).text, {}, leading)
