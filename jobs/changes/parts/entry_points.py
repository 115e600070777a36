"""Provides the entry points and commands that the base does not declare."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from features.schema import ENTRY_POINTS
from jobs.changes.contract import Values, dense
from jobs.changes.pairs import Pairs
from jobs.changes.ragged import Bools, Items, absent, count_rows, joined_fields, regroup, texts, to_bools

TOOLS = frozenset(
    [
        "ansible",
        "apt",
        "aws",
        "az",
        "bash",
        "brew",
        "bun",
        "bundle",
        "cargo",
        "cat",
        "chmod",
        "claude",
        "cmake",
        "code",
        "codex",
        "conda",
        "cp",
        "curl",
        "cursor",
        "deno",
        "docker",
        "dotnet",
        "find",
        "gcc",
        "gcloud",
        "gem",
        "gemini",
        "gh",
        "git",
        "go",
        "gpg",
        "grep",
        "helm",
        "java",
        "kubectl",
        "ls",
        "make",
        "mamba",
        "mount",
        "mv",
        "node",
        "npm",
        "npx",
        "openssl",
        "perl",
        "pip",
        "pip3",
        "pipenv",
        "pipx",
        "pnpm",
        "podman",
        "poetry",
        "powershell",
        "ps",
        "pwsh",
        "py",
        "pytest",
        "python",
        "python3",
        "rm",
        "rsync",
        "ruby",
        "rustc",
        "scp",
        "sed",
        "sh",
        "ssh",
        "su",
        "sudo",
        "systemctl",
        "tar",
        "terraform",
        "tox",
        "uv",
        "uvx",
        "virtualenv",
        "wget",
        "xargs",
        "yarn",
        "zsh",
    ]
)
"""Commands that a person runs without a thought, so that another command of the name would be run instead."""
_COMMANDS = ("console_scripts", "gui_scripts")
_LOADED = (
    r"^(?:pytest11|distutils\..*|setuptools\..*|egg_info\.writers|sphinx\..*|flake8\..*|pylint\..*|mypy\..*|tox|"
    r"jupyter_.*|ipython\..*|hatch|poetry\..*|pdm|pip\..*|virtualenv\..*|keyring\.backends|opentelemetry_.*)$"
)


class EntryPointsPart:
    """Entry points that its base has not, or has with another target."""

    name = "entry_points"
    version = "1"
    fields = (
        dense("change_entry_points", pa.int32(), "the number of entry points that its base has not"),
        dense("change_commands", pa.int32(), "the number of commands that its base does not install"),
        dense("change_commands_tool", pa.int32(), "the number of new commands with the name of a well-known tool"),
        dense("change_entry_targets", pa.int32(), "the number of entry points that lead elsewhere than in its base"),
        dense("change_plugins_loaded", pa.int32(), "the number of new entry points that another tool loads by itself"),
        pa.field("new_entry_points", ENTRY_POINTS),
    )

    def compute(self, pairs: Pairs) -> Mapping[str, Values]:
        """Return the values of the columns."""
        number = len(pairs)
        row, base = pairs.items("entry_points")
        new = _lacks(row, base, ("group", "name"))
        other = ~new & _lacks(row, base, ("group", "name", "target"))
        groups = texts(row.field("group"))
        command = to_bools(pc.is_in(groups, value_set=pa.array(_COMMANDS)))
        loaded = to_bools(pc.match_substring_regex(groups, _LOADED))
        lower = pc.utf8_lower(texts(row.field("name")))
        tool = to_bools(pc.is_in(lower, value_set=pa.array(sorted(TOOLS))))
        listed = new | other
        return {
            "change_entry_points": count_rows(row.rows, number, new),
            "change_commands": count_rows(row.rows, number, new & command),
            "change_commands_tool": count_rows(row.rows, number, new & command & tool),
            "change_entry_targets": count_rows(row.rows, number, other),
            "change_plugins_loaded": count_rows(row.rows, number, new & loaded),
            "new_entry_points": regroup(row.values.filter(pa.array(listed)), row.rows[listed], number),
        }


def _lacks(row: Items, base: Items, fields: tuple[str, ...]) -> Bools:
    return absent(row, joined_fields(row, fields), base, joined_fields(base, fields))
