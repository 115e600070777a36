"""Names distribution files and releases as package URLs (https://github.com/package-url/purl-spec)."""

from urllib.parse import quote


def release_purl(project: str, version: str) -> str:
    """Return the package URL of a release; "" where the project is not known."""
    return f"pkg:pypi/{_quoted(project)}@{_quoted(version)}" if project else ""


def file_purl(project: str, version: str, filename: str) -> str:
    """Return the package URL of one file of a release; "" where the project is not known."""
    return f"{release_purl(project, version)}?file_name={_quoted(filename)}" if project else ""


def _quoted(text: str) -> str:
    # A name that is no UTF-8 has surrogates.
    return quote(text.encode("utf-8", "surrogateescape"), safe="")
