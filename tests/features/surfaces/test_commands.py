import pytest

from features.contract import Kind
from features.surfaces.commands import find_commands_of_others, owns


def found(release):
    return [(place.member, place.line, place.excerpt) for place in find_commands_of_others(release)]


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("demo-1.0.dist-info/entry_points.txt", "[console_scripts]\naws = demo.cli:main\n", 2),
        ("demo-1.0.dist-info/entry_points.txt", "[x]\na = b:c\n[gui_scripts]\ngit=demo:run\n", 4),
        ("setup.py", "setup(entry_points={'console_scripts': ['kubectl=demo:main']})\n", 1),
        ("pyproject.toml", '[project.scripts]\nnpm = "demo:main"\n', 2),
        ("setup.cfg", "[options.entry_points]\nconsole_scripts =\n    ssh = demo:main\n", 3),
        ("demo-1.0.data/scripts/docker", "#!python\n", 1),
        ("demo-1.0.data/scripts/pip.exe", "MZ\n", 1),
    ],
)
def test_a_command_with_the_name_of_another_tool_is_found(make_release, path, text, line):
    assert [(path, line)] == [place[:2] for place in found(make_release({path: text}))]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("demo-1.0.dist-info/entry_points.txt", "[console_scripts]\ndemo = demo.cli:main\nawsome = demo:x\n"),
        ("demo-1.0.dist-info/entry_points.txt", "[pytest11]\ngit = demo.plugin:main\n"),
        ("demo/_vendor/pip-26.0.dist-info/entry_points.txt", "[console_scripts]\npip = pip:main\n"),
        ("demo/embed/pip.whl!/pip-26.0.dist-info/entry_points.txt", "[console_scripts]\npip = pip:main\n"),
        ("tests/data/pyproject.toml", '[project.scripts]\npoetry = "poetry:main"\n'),
        ("pyproject.toml", '[project.entry-points."exporters"]\npython = "demo:Exporter"\n'),
    ],
)
def test_own_commands_plugins_and_carried_projects_are_left_alone(make_release, path, text):
    assert found(make_release({path: text})) == []


def test_the_root_of_an_sdist_is_no_folder(make_release):
    release = make_release({"pyproject.toml": '[project.scripts]\naws = "demo:main"\n'}, Kind.SDIST, root="demo-1.0/")
    assert [("demo-1.0/pyproject.toml", 2)] == [place[:2] for place in found(release)]


@pytest.mark.parametrize(
    ("project", "tool", "expected"),
    [
        ("awscli", "aws", True),
        ("pip", "pip", True),
        ("ansible-core", "ansible-playbook", True),
        ("git-tools", "git", True),
        ("sqlfluff", "aws", False),
        ("lsp-demo", "ls", False),
    ],
)
def test_a_project_owns_the_tool_that_it_is_named_after(project, tool, expected):
    assert expected is owns(project, tool)
