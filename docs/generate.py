"""Writes the generated parts of docs/: the pages of columns, and the tables of settings and limits in operations.md.

Run `make docs` after a column, a setting or a limit changed; a test holds the pages against the code.
"""

import ast
import inspect
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as pa

from audit import config
from features import limits
from features.contract import FeatureGroup
from features.registry import GROUPS
from features.schema import CONTEXT, IDENTITY, LISTS, fingerprint
from jobs.changes.contract import ChangePart
from jobs.changes.registry import PARTS
from jobs.changes.schema import change_fingerprint, change_schema

DOCS = Path(__file__).parent
_TABLES = (
    ("", config, config.Settings),
    ("mirror", config, config.WalkSettings),
    ("limits", limits, limits.Limits),
    ("blocklist", config, config.BlocklistSettings),
    ("report", config, config.ReportSettings),
    ("feeds", config, config.FeedSettings),
    ("keep", config, config.KeepSettings),
)


def columns_page() -> str:
    """Return docs/columns.md: every column of the feature table with its type and its meaning."""
    lines = [
        "# Columns of the feature table",
        "",
        "Written by `make docs`; do not edit. A meaning completes the sentence “It was ranked here because of ...”.",
        "`DESCRIBE features` in `boojum query` lists the same columns of your own store.",
        "",
        f"Schema fingerprint: `{fingerprint()}`.",
        "",
        "## Identity, context and lists",
        "",
        "| column | type |",
        "|---|---|",
        *(f"| `{field.name}` | {field.type} |" for field in (*IDENTITY, *CONTEXT, *LISTS)),
    ]
    for group in GROUPS:
        lines += ["", f"## {group.name}", "", *_columns_of(group)]
    return "\n".join([*lines, ""])


def _columns_of(group: FeatureGroup) -> Iterator[str]:
    return _section(group, [(column.name, column.dtype.value, column.meaning) for column in group.columns])


def _section(provider: object, columns: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """Yield the summary of the class that provides (name, type, meaning) of some columns, then their table."""
    summary = (inspect.getdoc(type(provider)) or "").partition("\n\n")[0].replace("\n", " ")
    yield f"{summary} {len(columns):,} column{'' if len(columns) == 1 else 's'}."
    yield ""
    yield "| column | type | meaning |"
    yield "|---|---|---|"
    for name, kind, meaning in columns:
        yield f"| `{name}` | {kind} | {meaning.replace('|', chr(92) + '|')} |"


def change_columns_page() -> str:
    """Return docs/change-columns.md: every column of the change table with its type and its meaning."""
    schema = change_schema()
    lines = [
        "# Columns of the change table",
        "",
        "Written by `make docs`; do not edit. A row compares an artifact with one base ([sql.md](sql.md#changes)).",
        "A meaning completes the sentence “It was ranked here because of ...”.",
        "`DESCRIBE changes` in `boojum query` lists the same columns of your own store.",
        "",
        f"Schema fingerprint: `{change_fingerprint()}`.",
        "",
        "## Identity, base, context and lists",
        "",
        "Of these the model sees `differences`, and what `changed_members` says besides the paths. `differences` maps",
        "the name of each [feature column](columns.md) that differs to its value less that of the base. `context_`",
        "columns are facts that only the mirror knows.",
        "",
        "| column | type |",
        "|---|---|",
        *(f"| `{field.name}` | {field.type} |" for field in schema if not _meaning_of(field)),
    ]
    for part in PARTS:
        columns = list(_change_columns(part))
        if columns:
            lines += ["", f"## {part.name}", "", *_section(part, columns)]
    return "\n".join([*lines, ""])


def _change_columns(part: ChangePart) -> Iterator[tuple[str, str, str]]:
    """Yield name, type and meaning of each column of a part that has a meaning."""
    for field in part.fields:
        if meaning := _meaning_of(field):
            yield field.name, str(field.type), meaning


def _meaning_of(field: pa.Field) -> str:
    return str((field.metadata or {}).get(b"meaning", b""), "utf-8")


def settings_tables() -> str:
    """Return the settings of boojum.toml as Markdown tables, one for each TOML table."""
    lines: list[str] = []
    for table, module, kind in _TABLES:
        lines += [
            f"| key of `[{table}]` | default | meaning |" if table else "| key | default | meaning |",
            "|---|---|---|",
        ]
        meanings = _meanings(module, kind.__name__)
        for setting in fields(kind):
            if setting.name in meanings:
                default = _as_toml(setting.default)
                lines.append(f"| `{setting.name}` | {default} | {meanings[setting.name]} |")
        lines.append("")
    lines += ["| fixed limit | value | meaning |", "|---|---|---|"]
    lines += [f"| `{limit.name}` | `{limit.value:_}` | {limit.meaning} |" for limit in limits.FIXED_LIMITS]
    return "\n".join([*lines, ""])


def _meanings(module: Any, name: str) -> dict[str, str]:
    """Return the docstring behind each attribute of a class, which Python itself does not keep."""
    tree = ast.parse(inspect.getsource(module))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name).body
    found = {}
    for before, after in itertools.pairwise(body):
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name) and isinstance(after, ast.Expr):
            found[before.target.id] = " ".join(ast.literal_eval(after.value).split())
    return found


def _as_toml(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int):
        return f"`{value:_}`"
    if isinstance(value, tuple):
        return "`[]`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def with_settings(page: str) -> str:
    """Return operations.md with its tables of settings written anew, between their two marks."""
    begin, end = "<!-- settings: written by `make docs` -->\n", "<!-- end of settings -->"
    return re.sub(f"(?s)({re.escape(begin)}).*({re.escape(end)})", lambda m: m[1] + settings_tables() + m[2], page)


def main() -> None:
    """Write the generated pages."""
    (DOCS / "columns.md").write_text(columns_page(), encoding="utf-8")
    (DOCS / "change-columns.md").write_text(change_columns_page(), encoding="utf-8")
    operations = DOCS / "operations.md"
    operations.write_text(with_settings(operations.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
