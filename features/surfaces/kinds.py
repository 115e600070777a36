"""Recognises files that make other programs act, by their names and places."""

import re
from collections.abc import Mapping
from enum import StrEnum

from features.runtime.cache import cached_text


class SurfaceKind(StrEnum):
    """Kind of a file that makes another program act."""

    AGENT_TEXT = "agent_text"
    """Instructions for a coding assistant, in prose."""
    AGENT_SETTINGS = "agent_settings"
    """Settings, hooks and tool servers of a coding assistant."""
    EDITOR_SETTINGS = "editor_settings"
    """Tasks and settings of editors, of containers for development, and of shells in a project's folder."""
    PIPELINE = "pipeline"
    BUILD_SCRIPT = "build_script"
    """Input of a build tool other than Python's: CMake, Meson, make, Cargo, autoconf."""
    NATIVE_SOURCE = "native_source"
    """C, C++, Rust, Cython and the like."""
    TOOL_SETTINGS = "tool_settings"
    """Settings of installers, git and ssh."""
    JAVASCRIPT = "javascript"


KIND_MEANINGS: Mapping[SurfaceKind, str] = {
    SurfaceKind.AGENT_TEXT: "instructions for coding assistants",
    SurfaceKind.AGENT_SETTINGS: "settings of coding assistants",
    SurfaceKind.EDITOR_SETTINGS: "settings of editors",
    SurfaceKind.PIPELINE: "definitions of build pipelines",
    SurfaceKind.BUILD_SCRIPT: "build scripts other than Python's",
    SurfaceKind.NATIVE_SOURCE: "files of native source",
    SurfaceKind.TOOL_SETTINGS: "settings of installers, git and ssh",
    SurfaceKind.JAVASCRIPT: "files of JavaScript",
}
"""Meaning of each kind, which completes "the number of its ..."."""

_NAMES_OF: Mapping[SurfaceKind, str] = {
    SurfaceKind.AGENT_TEXT: """skill.md agents.md agent.md claude.md claude.local.md gemini.md copilot-instructions.md
        .cursorrules .windsurfrules .clinerules .goosehints .roorules qwen.md codex.md""",
    SurfaceKind.AGENT_SETTINGS: """.mcp.json mcp.json mcp_config.json claude_desktop_config.json mcp_settings.json
        cline_mcp_settings.json""",
    SurfaceKind.EDITOR_SETTINGS: """devcontainer.json .devcontainer.json .gitpod.yml .envrc mise.toml .mise.toml
        lefthook.yml""",
    SurfaceKind.PIPELINE: """.gitlab-ci.yml .travis.yml azure-pipelines.yml jenkinsfile bitbucket-pipelines.yml
        .drone.yml appveyor.yml .appveyor.yml cloudbuild.yaml buildspec.yml .woodpecker.yml .cirrus.yml""",
    SurfaceKind.BUILD_SCRIPT: """cmakelists.txt meson.build makefile gnumakefile makefile.am makefile.in build.rs
        configure configure.ac sconstruct sconscript wscript build.zig justfile build.bazel build.ninja autogen.sh
        rakefile extconf.rb binding.gyp""",
    SurfaceKind.TOOL_SETTINGS: """pip.conf pip.ini uv.toml .npmrc .yarnrc .yarnrc.yml bunfig.toml .condarc condarc
        .pydistutils.cfg pydistutils.cfg distutils.cfg .gitconfig .netrc .pypirc poetry.toml .curlrc .wgetrc""",
}
_SUFFIXES_OF: Mapping[SurfaceKind, str] = {
    SurfaceKind.AGENT_TEXT: ".mdc .prompt.md .instructions.md .chatmode.md",
    SurfaceKind.EDITOR_SETTINGS: ".code-workspace",
    SurfaceKind.BUILD_SCRIPT: ".cmake .mk .mak .m4 .am .gyp .gypi",
    SurfaceKind.NATIVE_SOURCE: """.c .cc .cpp .cxx .c++ .h .hh .hpp .hxx .inc .inl .ipp .tpp .m .mm .rs .pyx .pxd .pxi
        .cu .cuh .zig .go .d .s .asm .f90 .swift .nim .i""",
    SurfaceKind.JAVASCRIPT: ".js .mjs .cjs .jse .ts .mts .cts",
}
_NAMES = {name: kind for kind, names in _NAMES_OF.items() for name in names.split()}
_SUFFIXES = {suffix: kind for kind, suffixes in _SUFFIXES_OF.items() for suffix in suffixes.split()}
_ASSISTANTS = "claude|agents?|codex|gemini|kiro|amazonq|cursor|windsurf|roo|continue|clinerules"
_FOLDERS: tuple[tuple[re.Pattern[str], SurfaceKind], ...] = (
    (re.compile(rf"(?:^|/)\.(?:{_ASSISTANTS})/.*\.(?:jsonc?|toml|ya?ml)$"), SurfaceKind.AGENT_SETTINGS),
    (re.compile(rf"(?:^|/)\.(?:{_ASSISTANTS})/.*\.(?:mdx?|mdc|txt)$"), SurfaceKind.AGENT_TEXT),
    (re.compile(r"(?:^|/)\.vscode/mcp\.json$"), SurfaceKind.AGENT_SETTINGS),
    (
        re.compile(r"(?:^|/)\.(?:vscode|devcontainer|idea|zed|fleet|theia)/.*\.(?:jsonc?|xml|ya?ml)$"),
        SurfaceKind.EDITOR_SETTINGS,
    ),
    (re.compile(r"(?:^|/)\.(?:github|gitea|forgejo)/(?:workflows|actions)/.*\.ya?ml$"), SurfaceKind.PIPELINE),
    (re.compile(r"(?:^|/)\.(?:circleci|buildkite|semaphore|gitlab)/.*\.ya?ml$"), SurfaceKind.PIPELINE),
    (re.compile(r"(?:^|/)\.?git/(?:config|hooks/[^/]+)$"), SurfaceKind.TOOL_SETTINGS),
    (re.compile(r"(?:^|/)\.ssh/config$"), SurfaceKind.TOOL_SETTINGS),
)


@cached_text("surface_kinds")
def surface_kind(path: str) -> SurfaceKind | None:
    """Return the kind of surface that a member is by its path, None for any other file; case does not matter."""
    path = path.lower()
    name = path[path.rfind("/") + 1 :]
    if path.startswith(".") or "/." in path or "git/" in path:
        for pattern, kind in _FOLDERS:
            if pattern.search(path):
                return kind
    if name in _NAMES:
        return _NAMES[name]
    first = name.find(".", 1)
    return None if first < 0 else _SUFFIXES.get(name[first:]) or _SUFFIXES.get(name[name.rfind(".") :])
