"""What the syntax pass can say, in words."""

from features.syntax.contract import Finding

SYNTAX_FINDINGS: tuple[Finding, ...] = (
    Finding("decode_then_execute", "executes text that it decodes first", "T1027.010", 9),
    Finding("download_then_execute", "executes text that it takes from the network", "T1105", 9),
    Finding("build_then_execute", "executes text that it puts together from pieces", "T1027.010", 6),
    Finding("file_then_execute", "executes the content of a file as code", "T1059.006", 2),
    Finding("deserialize_then_execute", "executes code objects that it rebuilds from serialised bytes", "T1027", 9),
    Finding("decode_then_deserialize", "rebuilds objects from bytes that it decodes or downloads first", "T1027", 5),
    Finding("decode_then_run", "starts a program whose command line it decodes first", "T1027.010", 9),
    Finding("download_then_run", "starts a program that it takes from the network", "T1105", 8),
    Finding("build_then_run", "starts a program whose command line it puts together from characters", "T1027.010", 7),
    Finding("decode_to_file", "writes decoded content to a file", "T1140", 4),
    Finding("download_to_file", "writes downloaded content to a file", "T1105", 3),
    Finding("environment_to_network", "sends environment variables over the network", "T1082", 7),
    Finding("host_to_network", "sends what it learns about machine and user over the network", "T1082", 7),
    Finding("file_to_network", "sends the content of files over the network", "T1041", 5),
    Finding("secrets_to_network", "sends passwords, cookies or keys over the network", "T1555", 9),
    Finding("spying_to_network", "sends screen, keyboard or clipboard content over the network", "T1113", 8),
    Finding("process_to_network", "sends the output of programs over the network", "T1041", 6),
    Finding("network_to_process", "starts programs with what the network tells it", "T1059", 7),
    Finding("hidden_name", "fetches a function or module by a name put together at run time", "T1027", 5),
    Finding("decoded_address", "decodes the address that it talks to", "T1027", 7),
    Finding("install_time_process", "starts a program while it is being installed", "T1059", 5),
    Finding("install_time_network", "uses the network while it is being installed", "T1105", 6),
    Finding("install_time_execute", "executes text as code while it is being installed", "T1059.006", 4),
    Finding("install_time_host", "looks at machine and user while it is being installed", "T1082", 4),
    Finding("import_time_process", "starts a program as soon as it is imported", "T1059", 5),
    Finding("import_time_network", "uses the network as soon as it is imported", "T1105", 6),
    Finding("import_time_execute", "executes text as code as soon as it is imported", "T1059.006", 4),
    Finding("silent_network", "uses the network and hides every failure", "T1105", 3),
    Finding("silent_process", "starts a program and hides every failure", "T1059", 3),
    Finding("guarded_process", "starts a program only on certain systems, users or dates", "T1480", 2),
    Finding("hidden_window", "starts a program without a window", "T1564.003", 4),
    Finding("detached_process", "starts a program that outlives it", "T1036", 3),
    Finding("self_delete", "deletes its own file", "T1070.004", 6),
    Finding("aliased_builtin", "calls exec, eval or an importer under another name", "T1027", 5),
    Finding("pip_install", "installs other packages while it runs", "T1195.001", 4),
    Finding("offscreen_code", "places code far to the right, out of sight", "T1027", 7),
    Finding("unpacked_code", "carries code inside an encoded constant", "T1027.009", 6),
)
"""In the order of the columns; `features.meanings` puts the words to evidence."""

WEIGHTS: dict[str, float] = {finding.id: finding.weight for finding in SYNTAX_FINDINGS}
