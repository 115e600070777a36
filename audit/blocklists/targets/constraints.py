"""Exports the blocklist as constraints: for pip and uv on the machines that install, and for devpi on the index.

A line names a project and the versions that are not taken, `six!=1.15.0,!=1.16.0`. A project has one line, because
devpi refuses a second one. `evil<0` takes no version at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope
from audit.blocklists.targets.widening import CarriedBlocks, carry_blocks, is_project, is_version

CONSTRAINTS = "constraints.txt"


@dataclass(frozen=True, slots=True)
class ConstraintsExport:
    """Constraints for one of the programs that read them.

    `more` is appended to the line of a project some of whose versions are blocked. `hint` says how the file is loaded.
    """

    name: str
    summary: str
    hint: str
    more: str = ""
    actions: tuple[Action, ...] = (Action.HIDE,)
    scopes: tuple[Scope, ...] = (Scope.VERSION, Scope.PROJECT)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:
        """Return the constraints; each file is widened to its version."""
        carried = carry_blocks(blocklist, options, {Scope.VERSION: is_version, Scope.PROJECT: is_project})
        lines = list(self._lines(carried))
        head = f"# boojum blocklist, revision {blocklist.revision}, run {blocklist.source_run}"
        return BlocklistExport(
            files={CONSTRAINTS: "\n".join([head, *lines]) + "\n"},
            widened=(*carried.widened, *_describe_locals(carried, options)),
            left_out=carried.left_out,
            instructions=f"{CONSTRAINTS} constrains {len(lines):,} project{'s' * (len(lines) != 1)}. {self.hint}",
        )

    def _lines(self, carried: CarriedBlocks) -> Iterator[str]:
        versions: dict[str, set[Version]] = {block.project: set() for block in carried.projects}
        whole = set(versions)
        for block in carried.versions:
            versions.setdefault(block.project, set()).add(Version(block.version))
        for project, blocked in sorted(versions.items()):
            clauses = ",".join(f"!={version}" for version in sorted(blocked))
            yield f"{project}<0" if project in whole else f"{project}{clauses}{self.more}"


PIP = ConstraintsExport(
    name="pip",
    summary="pip on the machines that install: constraints",
    hint=(
        "pip takes another version: give it the file for what it installs and for what it builds with: "
        f"PIP_CONSTRAINT={CONSTRAINTS} PIP_BUILD_CONSTRAINT={CONSTRAINTS} pip install ..."
    ),
)
UV = ConstraintsExport(
    name="uv",
    summary="uv on the machines that install: constraints",
    hint=(
        "uv takes another version: give it the file for what it installs and for what it builds with: "
        f"UV_CONSTRAINT={CONSTRAINTS} UV_BUILD_CONSTRAINT={CONSTRAINTS} uv pip install ..."
    ),
)
DEVPI = ConstraintsExport(
    name="devpi",
    summary="devpi with the plugin devpi-constrained: constraints of an index",
    hint=(
        "Once: devpi index -c constrained type=constrained bases=root/pypi. "
        f'Then, and after each export: devpi index USER/constrained constraints="$(cat {CONSTRAINTS})". '
        "Of a project with a line devpi also hides versions that PEP 440 does not know."
    ),
    # Without a pre-release among its clauses devpi would hide all pre-releases of the project.
    more=",>=0.dev0",
)


def _describe_locals(carried: CarriedBlocks, options: ExportOptions) -> Iterator[str]:
    """Yield a line for each blocked version whose local versions on the mirror are blocked with it."""
    for block in carried.versions:
        blocked = Version(block.version)
        known = {version for file in options.known.get(block.project, ()) if (version := _parse(file.version))}
        others = sorted(each for each in known if each.local and not blocked.local and each.public == blocked.public)
        if others:
            yield f"{block.project} {block.version}: also {', '.join(map(str, others))}"


def _parse(version: str) -> Version | None:
    try:
        return Version(version)
    except InvalidVersion:
        return None
