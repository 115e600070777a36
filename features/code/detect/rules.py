"""What the syntax pass can say, in words."""

from features.code.contract import Rule

SYNTAX_RULES: tuple[Rule, ...] = (
    Rule("decode_then_execute", "executes text that it decodes first", "T1027.010", 9),
    Rule("download_then_execute", "executes text that it takes from the network", "T1105", 9),
    Rule("build_then_execute", "executes text that it puts together from pieces", "T1027.010", 6),
    Rule("file_then_execute", "executes the content of a file as code", "T1059.006", 2),
    Rule("deserialize_then_execute", "executes code objects that it rebuilds from serialised bytes", "T1027", 9),
    Rule("decode_then_deserialize", "rebuilds objects from bytes that it decodes or downloads first", "T1027", 5),
    Rule("decode_then_run", "starts a program whose command line it decodes first", "T1027.010", 9),
    Rule("download_then_run", "downloads a file and then runs it", "T1105", 8),
    Rule("build_then_run", "starts a program whose command line it puts together from characters", "T1027.010", 7),
    Rule("drop_then_run", "writes code that it carries to a file and then runs that file", "T1027.009", 8),
    Rule("own_key_decrypt", "decrypts something with a key that stands right beside it", "T1140", 8),
    Rule("keys_to_network", "sends private keys or seed phrases of wallets over the network", "T1657", 8),
    Rule("patches_library", "replaces a function of another library with one that talks or runs", "T1574", 6),
    Rule("edits_package", "writes into the files of another installed package", "T1554", 6),
    Rule("decode_to_file", "writes decoded content to a file", "T1140", 4),
    Rule("download_to_file", "writes downloaded content to a file", "T1105", 3),
    Rule("environment_to_network", "sends environment variables over the network", "T1082", 7),
    Rule("host_to_network", "sends what it learns about machine and user over the network", "T1082", 7),
    Rule("file_to_network", "sends the content of files over the network", "T1041", 5),
    Rule("secrets_to_network", "sends passwords, cookies or keys over the network", "T1555", 9),
    Rule("spying_to_network", "sends screen, keyboard or clipboard content over the network", "T1113", 8),
    Rule("process_to_network", "sends the output of programs over the network", "T1041", 6),
    Rule("network_to_process", "starts programs with what the network tells it", "T1059", 7),
    Rule("hidden_name", "fetches a function or module by a name put together at run time", "T1027", 5),
    Rule("decoded_address", "decodes the address that it talks to", "T1027", 7),
    Rule("install_time_process", "starts a program while it is being installed", "T1059", 5),
    Rule("install_time_network", "uses the network while it is being installed", "T1105", 6),
    Rule("install_time_execute", "executes text as code while it is being installed", "T1059.006", 4),
    Rule("install_time_host", "looks at machine and user while it is being installed", "T1082", 4),
    Rule("import_time_process", "starts a program as soon as it is imported", "T1059", 5),
    Rule("import_time_network", "uses the network as soon as it is imported", "T1105", 6),
    Rule("import_time_execute", "executes text as code as soon as it is imported", "T1059.006", 4),
    Rule("silent_network", "uses the network and hides every failure", "T1105", 3),
    Rule("silent_process", "starts a program and hides every failure", "T1059", 3),
    Rule("guarded_system", "acts only on certain operating systems", "T1480", 2),
    Rule("guarded_ci", "acts only inside, or only outside, an automatic build", "T1497", 5),
    Rule("guarded_user", "acts only for certain users or machines", "T1480", 4),
    Rule("guarded_time", "acts only at certain dates or hours", "T1480", 4),
    Rule("guarded_locale", "acts only in certain countries or languages", "T1614", 6),
    Rule("guarded_analysis", "acts only where it sees no debugger and no virtual machine", "T1497", 6),
    Rule("guarded_online", "acts only after it made sure that there is an internet connection", "T1016.001", 2),
    Rule("guarded_file", "starts something only if a certain file is there, or is not", "T1480", 1),
    Rule("hidden_window", "starts a program without a window", "T1564.003", 4),
    Rule("detached_process", "starts a program that outlives it", "T1036", 3),
    Rule("self_delete", "deletes its own file", "T1070.004", 6),
    Rule("aliased_builtin", "calls exec, eval or an importer under another name", "T1027", 5),
    Rule("pip_install", "installs other packages by itself", "T1195.001", 4),
    Rule("offscreen_code", "places code far to the right, out of sight", "T1027", 7),
    Rule("unpacked_code", "carries code inside an encoded constant", "T1027.009", 6),
)
"""In the order of the columns; `features.evidence_text` puts the words to evidence."""

LOAD_TIME_RULES = frozenset(
    finding.id for finding in SYNTAX_RULES if finding.id.startswith(("install_time_", "import_time_"))
)
"""Findings of lines that run when the package is installed or imported."""
RULE_WEIGHTS: dict[str, float] = {finding.id: finding.weight for finding in SYNTAX_RULES}
