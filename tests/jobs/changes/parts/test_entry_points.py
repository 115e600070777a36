from change_builders import change, wheel

from features.contract import DeclaredEntryPoint as Point

BASE = wheel("1.0", entry_points=[Point("console_scripts", "demo", "demo:main")])


def columns(*points):
    made = change(BASE, wheel("1.1", entry_points=points))
    names = ("entry_points", "commands", "commands_tool", "entry_targets", "plugins_loaded")
    return {name: made[f"change_{name}"] for name in names if made[f"change_{name}"]}, made["new_entry_points"]


def test_entry_points_of_the_base_are_not_new():
    assert ({}, []) == columns(Point("console_scripts", "demo", "demo:main"))


def test_a_new_command_is_told_and_one_named_like_a_tool_more_so():
    assert {"entry_points": 1, "commands": 1} == columns(Point("console_scripts", "demo2", "demo:main"))[0]
    found, listed = columns(Point("console_scripts", "Pip", "demo:main"))
    assert {"entry_points": 1, "commands": 1, "commands_tool": 1} == found
    assert [{"group": "console_scripts", "name": "Pip", "target": "demo:main"}] == listed


def test_a_command_that_leads_elsewhere_is_told():
    found, listed = columns(Point("console_scripts", "demo", "demo.hook:main"))
    assert ({"entry_targets": 1}, 1) == (found, len(listed))


def test_a_plugin_that_another_tool_loads_by_itself_is_told():
    assert {"entry_points": 1, "plugins_loaded": 1} == columns(Point("pytest11", "demo", "demo.plugin"))[0]
    assert {"entry_points": 1} == columns(Point("demo.plugins", "x", "demo.x"))[0]
