"""Lists the rules of the binary pass: meaning, ATT&CK technique, weight."""

from features.code.contract import Rule

BINARY_RULES: tuple[Rule, ...] = (
    Rule("native_disguised", "carries native code under a misleading file name", "T1036.008", 8),
    Rule("native_tool", "carries native code with the strings of an attack tool", "T1588.002", 8),
    Rule("native_injection", "carries native code that reaches into other processes", "T1055", 6),
    Rule(
        "native_hidden_functions",
        "carries native code that names sensitive functions it does not import",
        "T1027.007",
        5,
    ),
    Rule("native_packed", "carries native code that is packed or encrypted", "T1027.002", 6),
    Rule("native_spying", "carries native code that watches keyboard, screen or clipboard", "T1056", 5),
    Rule("native_secrets", "carries native code that reads stored passwords", "T1555", 6),
    Rule("native_program", "carries a native program in an sdist or a pure Python wheel", "T1204.002", 4),
    Rule("native_constructor", "carries native code that can start a shell as soon as it is loaded", "T1129", 10),
    Rule("native_shell_text", "carries native code with a command that fetches, decodes or steals", "T1059.004", 7),
    Rule("native_unexpected", "carries a native module in a wheel that is tagged as pure Python", "T1129", 4),
    Rule("native_frozen", "carries a whole Python program inside a native one", "T1027.009", 4),
    Rule("native_overlay", "carries native code with compressed or encrypted data after its end", "T1027.009", 4),
    Rule("native_misnamed", "carries an extension module that exports another name than its file name", "T1036", 4),
    Rule("native_foreign", "carries native code for another system than its wheel tag names", "T1036", 3),
    Rule("compiled_stealth", "carries compiled Python with many names that malware uses", "T1027", 4),
    Rule("bytecode_swapped", "carries compiled Python that was not made from its source file", "T1027", 7),
    Rule("bytecode_unchecked", "carries compiled Python that runs without a check of its source file", "T1027", 4),
    Rule("pickle_execution", "carries a pickle that starts a program when it is loaded", "T1059", 9),
    Rule("pickle_code", "carries a pickle that runs code when it is loaded", "T1059.006", 8),
    Rule("pickle_network", "carries a pickle that uses the network when it is loaded", "T1105", 7),
    Rule("pickle_access", "carries a pickle that reaches any object of the interpreter when it is loaded", "T1027", 4),
    Rule("pickle_unresolved", "carries a pickle that hides what it imports", "T1027", 5),
)

WEIGHTS: dict[str, float] = {rule.id: rule.weight for rule in BINARY_RULES}
