import pytest

from features.surfaces.kinds import KIND_MEANINGS, SurfaceKind, surface_kind

CASES = {
    SurfaceKind.AGENT_TEXT: (
        "SKILL.md", "demo/skills/x/SKILL.md", "AGENTS.md", "Claude.md", ".cursor/rules/a.mdc", ".claude/commands/go.md",
        ".github/copilot-instructions.md", "a/.cursorrules", "x.prompt.md",
    ),
    SurfaceKind.AGENT_SETTINGS: (
        ".mcp.json", ".claude/settings.json", "a/.claude/settings.local.json", ".cursor/mcp.json", ".vscode/mcp.json",
        ".gemini/settings.json", ".codex/config.toml", ".cursor/hooks.json",
    ),
    SurfaceKind.EDITOR_SETTINGS: (
        ".vscode/tasks.json", ".vscode/settings.json", ".devcontainer/devcontainer.json", "x.code-workspace", ".envrc",
    ),
    SurfaceKind.PIPELINE: (
        ".github/workflows/ci.yml", ".gitlab-ci.yml", ".circleci/config.yml", "Jenkinsfile", ".github/actions/a/action.yaml",
    ),
    SurfaceKind.BUILD_SCRIPT: ("CMakeLists.txt", "cmake/a.cmake", "meson.build", "Makefile", "build.rs", "configure"),
    SurfaceKind.NATIVE_SOURCE: ("a.c", "a.CPP", "src/lib.rs", "x.pyx", "x.pxd", "a.b.cc"),
    SurfaceKind.TOOL_SETTINGS: ("pip.conf", "uv.toml", ".npmrc", ".condarc", ".git/config", ".ssh/config", ".gitconfig"),
    SurfaceKind.JAVASCRIPT: ("a.js", "a.min.js", "x/y.mjs", "a.ts"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "path"), [(kind, path) for kind, paths in CASES.items() for path in paths])
def test_a_file_that_makes_another_program_act_is_recognised(kind: SurfaceKind, path: str) -> None:
    assert kind is surface_kind(path)


@pytest.mark.parametrize(
    "path",
    ["README.md", "demo/tasks.json", "settings.json", "demo/skill.py", "docs/agents.rst", "git/x", "data.json", ".x"],
)
def test_any_other_file_is_none(path: str) -> None:
    assert surface_kind(path) is None


def test_every_kind_has_a_meaning_and_a_case() -> None:
    assert set(SurfaceKind) == set(KIND_MEANINGS) == set(CASES)
