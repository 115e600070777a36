"""Detects files that are written with decoded or downloaded content."""

from collections.abc import Iterator

from features.code.detect.contract import CallSite, Detection, Detector
from features.code.evaluate.dataflow import SOURCE_BITS, UNPACKED
from features.code.parse.ast_walk import argument_nodes


class WrittenContent(Detector):
    """Follows the arguments of calls that write files."""

    rules = ("decode_to_file", "download_to_file")
    behaviours = frozenset(("file_write",))

    def check_call(self, site: CallSite) -> Iterator[Detection]:
        """Yield one rule if the written content was decoded, and one if it was downloaded."""
        sources = self.dataflow.sources(argument_nodes(site.call), site.scope)
        if sources & UNPACKED:
            yield site.match("decode_to_file")
        if sources & SOURCE_BITS["network_receive"] or "urlretrieve" in site.name:
            yield site.match("download_to_file")
