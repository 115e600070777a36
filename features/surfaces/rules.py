"""Lists the rules over surfaces: meaning, ATT&CK technique, weight."""

from features.code.contract import Rule

SURFACE_RULES: tuple[Rule, ...] = (
    Rule("agent_text_fetches", "tells a coding assistant to fetch code and run it", "T1204.002", 6),
    Rule("agent_text_sends_secrets", "tells a coding assistant to send keys or secret files away", "T1552", 8),
    Rule("agent_text_secrecy", "tells a coding assistant to hide what it does from its user", "T1564", 4),
    Rule("agent_text_hidden", "hides instructions for a coding assistant in letters that nobody sees", "T1027", 9),
    Rule("agent_hook_command", "ships a hook that makes a coding assistant run a command", "T1546", 4),
    Rule(
        "agent_command_fetches", "ships settings that make a coding assistant fetch or decode and run code", "T1546", 9
    ),
    Rule("agent_unasked", "ships settings that let a coding assistant act without asking", "T1562", 5),
    Rule("editor_task_opened", "ships a task that an editor runs when the folder is opened", "T1546", 7),
    Rule("editor_command_fetches", "ships editor settings that fetch or decode code and run it", "T1546", 8),
    Rule("pipeline_leaks", "ships a build pipeline that sends its secrets away", "T1552.007", 8),
    Rule("pipeline_fetches", "ships a build pipeline that fetches code from a bare address or decodes it", "T1105", 5),
    Rule("build_fetches", "runs fetched or decoded code while it is being built", "T1195.002", 9),
    Rule("build_downloads", "downloads files while it is being built", "T1105", 3),
    Rule("build_runs_shell", "hands command lines to a shell while it is being built", "T1059.004", 3),
    Rule("constructor_acts", "starts programs or connects as soon as its native code is loaded", "T1129", 9),
    Rule("module_init_acts", "starts programs or connects as soon as its native module is imported", "T1129", 7),
    Rule("native_source_fetches", "fetches or decodes and runs code from its native source", "T1105", 8),
    Rule("native_source_renames", "calls functions of the system under another name in its native source", "T1027", 5),
    Rule("javascript_obfuscated", "carries JavaScript made unreadable by an obfuscator", "T1027", 6),
    Rule("javascript_steals", "carries JavaScript that sends environment variables or secret files", "T1552", 8),
    Rule("tool_index", "ships settings that make an installer take packages from elsewhere", "T1195.001", 5),
    Rule("tool_command", "ships settings that make git or ssh run a command", "T1546", 6),
    Rule("command_of_another", "installs a command with the name of another tool", "T1574.007", 6),
    Rule("requirement_unknown", "depends on a project that is not popular", "T1195.001", 1),
    Rule("requirement_imitates", "depends on a project whose name imitates a popular one", "T1195.001", 1.2),
    Rule(
        "requirement_slip",
        "depends on a project whose name is a typo or look-alike of a well-known one",
        "T1195.001",
        3,
    ),
    Rule("requirement_address", "depends on a file outside the package index", "T1195.001", 4),
)
"""All rules, in the order of the columns."""

WEIGHTS: dict[str, float] = {rule.id: rule.weight for rule in SURFACE_RULES}
