"""A fragment of bandersnatch.conf that makes its own filter plugins refuse the listed files.

The stock plugin `regex_release_file_metadata` matches any field of a file's metadata, so digests are
blocked exactly, in 6.8 and in 8.2. The pattern keeps what is not listed, rather than `none:` refusing what
is: with `none:` bandersnatch also refuses every file that has no digest. A filter keeps files from being
mirrored again; it does not remove what is on disk, so the instructions say how to.
"""

import shlex
from collections.abc import Iterator

from audit.contract import Blocklist, Export

FRAGMENT = "bandersnatch-blocklist.conf"
CLEANUP = "bandersnatch-cleanup.sh"


class BandersnatchExport:
    """Stock plugins only; every entry stays a file."""

    name = "bandersnatch"

    def export(self, blocklist: Blocklist) -> Export:
        """Return the fragment and a script that takes listed files off the mirror after asking."""
        return Export(
            files={
                FRAGMENT: "\n".join(_fragment(blocklist)) + "\n",
                CLEANUP: "\n".join(_cleanup(blocklist)) + "\n",
            },
            widened=(),
            instructions=(
                f"Merge {FRAGMENT} into bandersnatch.conf: add the plugin to `enabled` and the section as it is "
                "(if you have that section already, keep your keys and add this one). "
                f"A filter removes nothing: read {CLEANUP}, then run it on the mirror's host."
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


def _cleanup(blocklist: Blocklist) -> Iterator[str]:
    projects = sorted({entry.project for entry in blocklist.entries})
    yield "#!/bin/sh"
    yield "# Takes the files of boojum's blocklist off a bandersnatch mirror, after the fragment is merged."
    yield "# Usage: sh bandersnatch-cleanup.sh /etc/bandersnatch.conf"
    yield "set -eu"
    yield 'conf=${1:?"say which bandersnatch.conf"}'
    for project in projects:
        yield f'bandersnatch --config "$conf" sync {shlex.quote(project)}'
    if projects:
        yield "# The index pages list them no more; this shows which files would go, --delete instead removes them."
        yield 'bandersnatch --config "$conf" verify --delete --dry-run'
