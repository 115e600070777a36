"""Provides what all self-contained HTML pages share: template environment, style and content security policy."""

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from audit.escape import as_html

STYLE = (Path(__file__).parent / "reports" / "report.css").read_text(encoding="utf-8")
"""The style sheet of all pages."""


def page_environment() -> Environment:
    """Return an environment that escapes all values; its filter `show` also escapes unprintable characters."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["show"] = lambda text, limit=None: Markup(as_html(str(text), limit))  # noqa: S704  escaped
    return environment


def page_policy(style: str, script: str = "") -> str:
    """Return a content security policy that allows this style, this script (if any) and nothing else."""
    scripts = f"script-src '{_digest(script)}'; " if script else ""
    return f"default-src 'none'; style-src '{_digest(style)}'; {scripts}base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
