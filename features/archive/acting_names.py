"""Tells by a member's name or place whether programs read it as text whatever its bytes are.

Compilers, make, shells, Perl, browsers and systemd pass over zero bytes, control characters and bytes that are no
UTF-8, so that such bytes do not make a source, a script or a settings file harmless.
"""

import re

from features.archive.member_paths import path_on_windows

_SUFFIXES = frozenset({
    # Python and what is compiled to extension modules.
    ".py", ".pyw", ".py2", ".py3", ".pyi", ".pyx", ".pxd", ".pxi", ".ipynb", ".c", ".cc", ".cp", ".cpp", ".cxx",
    ".c++", ".h", ".hh", ".hpp", ".hxx", ".h++", ".inc", ".inl", ".ipp", ".tcc", ".def", ".m", ".mm", ".s", ".asm",
    ".nasm", ".cu", ".cuh", ".cl", ".f", ".for", ".f77", ".f90", ".f95", ".f03", ".f08", ".ftn", ".pas", ".adb",
    ".ads", ".rs", ".go", ".zig", ".d", ".nim", ".v", ".sv", ".vhd", ".vhdl", ".metal", ".ll", ".i", ".swg", ".idl",
    ".l", ".y", ".yy", ".re", ".proto", ".thrift", ".rc",
    # Shells and interpreters.
    ".sh", ".bash", ".zsh", ".ksh", ".fish", ".csh", ".bat", ".cmd", ".btm", ".ps1", ".psm1", ".psd1", ".vbs",
    ".vbe", ".wsf", ".wsc", ".hta", ".scf", ".reg", ".inf", ".js", ".mjs", ".cjs", ".jse", ".jsx", ".ts", ".mts",
    ".cts", ".tsx", ".coffee", ".vue", ".svelte", ".pl", ".pm", ".t", ".rb", ".php", ".phtml", ".lua", ".tcl", ".r",
    ".jl", ".java", ".kt", ".kts", ".groovy", ".gradle", ".scala", ".clj", ".cs", ".csx", ".vb", ".fs", ".fsx",
    ".swift", ".hs", ".ml", ".ex", ".exs", ".erl", ".awk", ".sed", ".el", ".lisp", ".scm", ".rkt", ".vim", ".exp",
    ".expect", ".applescript", ".command", ".sql", ".dart", ".cob", ".cbl", ".bas",
    # Builds, settings and services.
    ".mk", ".mak", ".make", ".cmake", ".am", ".ac", ".m4", ".in", ".ninja", ".gn", ".gni", ".gyp", ".gypi", ".bzl",
    ".bazel", ".pro", ".pri", ".sln", ".props", ".targets", ".csproj", ".vcxproj", ".proj", ".nuspec", ".dockerfile",
    ".nix", ".tf", ".hcl", ".spec", ".podspec", ".toml", ".cfg", ".conf", ".ini", ".json", ".jsonc", ".json5",
    ".yaml", ".yml", ".properties", ".env", ".service", ".socket", ".timer", ".path", ".mount", ".desktop", ".rules",
    ".url", ".lnk", ".website", ".code-workspace", ".mdc", ".profile", ".bashrc", ".zshrc", ".npmrc", ".pypirc",
    # Documents that a browser, a renderer or an assistant acts on.
    ".html", ".htm", ".xhtml", ".shtml", ".mht", ".svg", ".xml", ".xsl", ".xslt", ".css", ".md", ".markdown", ".rst",
    ".txt", ".qml", ".ui", ".kv", ".tex", ".jinja", ".j2", ".tpl", ".tmpl", ".template", ".ejs", ".hbs", ".mustache",
})  # fmt: skip
"""Suffixes of files that some program reads as text."""
_NAMES = re.compile(
    r"(?:gnu|bsd)?makefile(?:\..+)?|(?:docker|container)file(?:\..+)?|cmakelists\.txt|meson(?:_options)?\.build"
    r"|scons(?:truct|cript)|wscript|(?:rake|gem|pod|vagrant|jenkins|just|proc|brew|tilt)file|kbuild|kconfig|build"
    r"|workspace|configure|autogen|bootstrap|install-sh|config\.(?:guess|sub)|crontab|postinst|preinst|prerm|postrm"
    r"|apkbuild|pkgbuild|pkg-info|metadata|record|wheel|\.[a-z_]*(?:rc|profile|login|logout|env|aliases|init|emacs)"
)
"""Names without a telling suffix that some program looks for, in lower case."""
_PLACES = re.compile(
    # The scripts of a wheel are installed as programs; of other folders of programs, only names without a suffix count.
    r"(?:\.data/scripts|\.data/data/s?bin|(?:^|/)egg-info/scripts|(?:^|/)\.git/info)/[^/]+\Z"
    r"|(?:^|/)(?:s?bin|libexec|scripts|tools|utils|ci)/[^/.]+\Z|(?:^|/)\.git/config\Z"
    r"|(?:^|/)(?:(?:profile|init|rc\d?|cron|logrotate|sudoers|modprobe|udev|bash_completion|xinetd|pam|conf)\.d"
    r"|cron\.(?:hourly|daily|weekly|monthly)|autostart|systemd|init|launchagents|launchdaemons|startup|desktop"
    r"|applications|hooks|\.githooks|\.husky|completions|site-functions|vendor_[a-z]+\.d"
    r"|\.(?:claude|cursor|vscode|github|gemini|codex|continue|windsurf|config|devcontainer|idea))/"
)
"""Folders whose files are started or read by their place, in lower case."""
_DATA_SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".ico", ".webp", ".mo", ".class", ".ttf", ".woff", ".woff2", ".mp4")
"""Suffixes of data that stands in such folders too and that nothing there reads as text."""


def reads_as_text(path: str) -> bool:
    """Return whether a program reads a member as text by its name or its place, whatever its bytes are."""
    path = path_on_windows(path.rpartition("!/")[2]).lower()
    name = path[path.rfind("/") + 1 :]
    dot = name.rfind(".")
    if (dot >= 0 and name[dot:] in _SUFFIXES) or _NAMES.fullmatch(name):
        return True
    return not name.endswith(_DATA_SUFFIXES) and _PLACES.search(path) is not None
