"""Exports the blocklist as a fragment of bandersnatch.conf that makes bandersnatch's own plugin refuse the files.

The plugin `regex_release_file_metadata` matches any field of a file's metadata, so it blocks exact digests, in
bandersnatch 6.8 and 8.2. The pattern keeps every file that is not listed. The opposite rule, `none:` with the listed
digests, would also refuse every file without a digest. A filter only prevents files from being mirrored again;
`audit.blocklists.targets.purge` takes away what is on disk.
"""

from collections.abc import Iterator

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope

FRAGMENT = "bandersnatch-blocklist.conf"


class BandersnatchExport:
    """Configuration for a plugin that ships with bandersnatch; every entry blocks one file."""

    name = "bandersnatch"
    summary = "the mirror: a fragment of bandersnatch.conf for a plugin that ships with bandersnatch"
    actions = (Action.HIDE,)
    scopes = (Scope.FILE,)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:  # noqa: ARG002  files as they are
        """Return the fragment."""
        return BlocklistExport(
            files={FRAGMENT: "\n".join(_fragment(blocklist)) + "\n"},
            instructions=(
                f"Merge {FRAGMENT} into bandersnatch.conf: add the plugin to `enabled`, and add the section "
                "(if you have that section already, add the key to it). "
                "A filter removes no files: `boojum export --to purge` writes a script that does."
            ),
        )


def _fragment(blocklist: Blocklist) -> Iterator[str]:
    digests = sorted({entry.sha256 for entry in blocklist.entries})
    yield f"; boojum blocklist, revision {blocklist.revision}, run {blocklist.source_run}, {len(digests)} files"
    if not digests:
        # An empty alternation would match every file.
        yield "; nothing to block: no plugin is enabled by this fragment"
        return
    yield "[plugins]"
    yield "enabled ="
    yield "    regex_release_file_metadata"
    yield ""
    yield "[regex_release_file_metadata]"
    yield "any:match-null:release_file.digests.sha256 ="
    yield f"    ^(?!(?:{'|'.join(digests)})$)"
