import pytest
from change_builders import change, member, sdist, wheel

from features.contract import FileType, Role


def gained(*new, base=()):
    """Return the columns that a release with these members shows beyond one with `a.py`."""
    made = change(wheel("1.0", member("a.py"), *base), wheel("1.1", member("a.py"), *new))
    kinds = (
        "startup",
        "native",
        "scripts",
        "blobs",
        "javascript",
        "models",
        "media",
        "sources",
        "setup",
        "agent",
        "install",
    )
    return {
        name: made[name] for name in made if name.startswith(tuple(f"change_{kind}" for kind in kinds)) and made[name]
    }


@pytest.mark.parametrize(
    ("column", "new"),
    [
        ("change_startup_new", member("x.pth", file_type=FileType.PTH)),
        ("change_startup_new", member("sitecustomize.py")),
        ("change_native_gained", member("demo/x.so", file_type=FileType.NATIVE)),
        ("change_scripts", member("demo/run.SH", file_type=FileType.TEXT)),
        ("change_blobs", member("demo/data.dat", file_type=FileType.BINARY, size=5_000)),
        ("change_models", member("demo/weights.pkl", file_type=FileType.BINARY, size=5_000)),
        ("change_media", member("demo/logo.png", file_type=FileType.BINARY, size=5_000)),
        ("change_sources", member("demo/fast.c", file_type=FileType.TEXT)),
        ("change_agent_files", member(".claude/settings.json", file_type=FileType.TEXT)),
        ("change_agent_files", member("demo/AGENTS.md", file_type=FileType.TEXT)),
        ("change_agent_files", member(".mcp.json", file_type=FileType.TEXT)),
        ("change_install_python", member("hook.py", role=Role.INSTALL)),
        ("change_javascript", member("demo/a.js", file_type=FileType.TEXT)),
    ],
)
def test_a_new_member_of_a_kind_is_counted(column, new):
    assert {column: 1} == gained(new)
    assert {} == gained(new, base=(new,))


def test_harmless_new_members_are_of_no_kind():
    assert {} == gained(member("demo/b.py"), member("README.md"), member("tiny.bin", file_type=FileType.BINARY, size=9))


def test_a_large_javascript_file_counts_if_it_is_new_or_has_grown():
    large = member("demo/a.js", "x", file_type=FileType.TEXT, size=1 << 20)
    assert {"change_javascript": 1, "change_javascript_large": 1} == gained(large)
    grown = member("demo/a.js", "y", file_type=FileType.TEXT, size=1 << 19)
    assert {"change_javascript_large": 1} == gained(large, base=(grown,))
    like = member("demo/a.js", "y", file_type=FileType.TEXT, size=(1 << 20) - 5)
    assert {} == gained(large, base=(like,))


def test_a_changed_startup_file_counts_as_changed():
    new, base = (member("x.pth", content, Role.INSTALL, FileType.PTH) for content in "ab")
    assert {"change_startup_changed": 1} == gained(new, base=(base,))


def test_native_code_of_a_project_that_had_some_is_no_gain():
    new, base = (member(f"demo/{name}.so", file_type=FileType.NATIVE) for name in "ab")
    assert {} == gained(new, base=(base,))


def test_a_setup_py_is_gained_only_against_a_file_of_the_same_kind():
    new = sdist("1.1", member("demo-1.1/setup.py", role=Role.INSTALL), member("demo-1.1/a.py"))
    assert change(sdist("1.0", member("demo-1.0/a.py")), new)["change_setup_gained"]
    assert not change(wheel("1.0", member("a.py")), new)["change_setup_gained"]
