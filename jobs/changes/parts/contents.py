"""Provides new members of kinds that matter: start-up files, native code, scripts, blobs, models, media."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.contract import FileType, Role
from jobs.changes.contract import Values, dense
from jobs.changes.member_pairs import FILE_TYPES, ROLES
from jobs.changes.pairs import Pairs
from jobs.changes.ragged import Bools, count_rows

LARGE_JAVASCRIPT = 256 * 2**10
"""Bytes by which a JavaScript file is new or has grown that counts as large."""
BLOB_BYTES = 1_024
"""Bytes of the smallest binary file that can hide a payload."""

_NATIVE, _PTH, _PYTHON = (FILE_TYPES.index(each) for each in (FileType.NATIVE, FileType.PTH, FileType.PYTHON))
_BINARY = [FILE_TYPES.index(each) for each in (FileType.BINARY, FileType.ARCHIVE)]
_INSTALL = ROLES.index(Role.INSTALL)
_SUFFIXES = {
    "script": "sh|bash|zsh|fish|csh|bat|cmd|ps1|psm1|vbs|vbe|wsf|hta|php|pl|rb|lua|command|applescript",
    "javascript": "js|mjs|cjs|jse",
    "model": "pkl|pickle|pt|pth|ckpt|joblib|dill|npy|npz|h5|hdf5|onnx|safetensors|marshal|mar|keras|tflite|gguf",
    "media": "png|jpe?g|gif|bmp|ico|webp|tiff?|svg|wav|mp3|ogg|flac|mp4|webm|avi|pdf|ttf|otf|woff2?|eot",
    "source": "c|cc|cpp|cxx|h|hpp|rs|go|pyx|pxd|f90|f|cu|m|mm|java|kt|swift|zig",
}
_PATTERNS = {kind: rf"(?i)\.(?:{suffixes})$" for kind, suffixes in _SUFFIXES.items()}
_PATTERNS["startup"] = r"(?:^|/)(?:site|user)customize(?:\.py|/__init__\.py)$"
_PATTERNS["setup"] = r"^setup\.py$"
_PATTERNS["agent"] = (
    r"(?i)(?:^|/)(?:\.claude|\.cursor|\.vscode|\.gemini|\.codex|\.windsurf|\.continue|\.aider[^/]*)/"
    r"|(?:^|/)\.github/(?:copilot-instructions\.md$|agents/|prompts/)"
    r"|(?:^|/)(?:AGENTS|CLAUDE|GEMINI|SKILL)\.md$|(?:^|/)\.?mcp\.json$|(?:^|/)\.cursorrules$"
)


class ContentsPart:
    """New and changed members of kinds by which payloads come."""

    name = "contents"
    version = "1"
    fields = (
        dense("change_startup_new", pa.int32(), "files that run at every start of Python, which its base has not"),
        dense("change_startup_changed", pa.int32(), "files that run at every start of Python, other than its base's"),
        dense("change_native_gained", pa.bool_(), "native code, of which its base has none"),
        dense("change_scripts", pa.int32(), "scripts of a shell or another interpreter that its base has not"),
        dense("change_blobs", pa.int32(), "binary data files that its base has not"),
        dense("change_javascript", pa.int32(), "JavaScript files that its base has not"),
        dense("change_javascript_large", pa.int32(), "large JavaScript files that are new or have grown"),
        dense("change_models", pa.int32(), "model or pickle files that its base has not"),
        dense("change_media", pa.int32(), "pictures, sounds or fonts that its base has not"),
        dense("change_sources", pa.int32(), "source files of native code that are new or differ"),
        dense("change_setup_gained", pa.bool_(), "a setup.py, of which its base has none"),
        dense("change_agent_files", pa.int32(), "files that direct coding agents or editors, new or other than before"),
        dense("change_install_python", pa.int32(), "Python files that run at install, new or other than before"),
    )

    def compute(self, pairs: Pairs) -> Mapping[str, Values]:
        """Return the values of the columns."""
        members, number = pairs.members, len(pairs)
        row, base = members.row, members.base
        is_of = {kind: _match(members.names, pattern) for kind, pattern in _PATTERNS.items()}
        touched = members.new | members.changed

        def of(kind: str) -> Bools:
            return is_of[kind][row.keys]

        def count(mask: Bools) -> Values:
            return count_rows(row.rows, number, mask)

        startup = (row.types == _PTH) | of("startup")
        binary = np.isin(row.types, _BINARY) & (row.sizes >= BLOB_BYTES) & ~of("media") & ~of("model")
        grown = row.sizes - members.base_sizes >= LARGE_JAVASCRIPT
        native = count_rows(row.rows, number, row.types == _NATIVE) > 0
        base_native = count_rows(base.rows, number, base.types == _NATIVE) > 0
        base_setup = count_rows(base.rows, number, is_of["setup"][base.keys]) > 0
        return {
            "change_startup_new": count(members.new & startup),
            "change_startup_changed": count(members.changed & startup),
            "change_native_gained": native & ~base_native,
            "change_scripts": count(members.new & of("script")),
            "change_blobs": count(members.new & binary),
            "change_javascript": count(members.new & of("javascript")),
            "change_javascript_large": count(touched & of("javascript") & grown),
            "change_models": count(members.new & of("model") & (row.types != _PTH)),
            "change_media": count(members.new & of("media")),
            "change_sources": count(touched & of("source")),
            "change_setup_gained": (count_rows(row.rows, number, of("setup")) > 0) & ~base_setup & pairs.same_kind,
            "change_agent_files": count(touched & of("agent")),
            "change_install_python": count(touched & (row.types == _PYTHON) & (row.roles == _INSTALL)),
        }


def _match(names: pa.Array, pattern: str) -> Bools:
    return np.asarray(pc.match_substring_regex(names, pattern).to_numpy(zero_copy_only=False), bool)
