"""Adds the arguments that commands on corpus trees share."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.corpus.rows import LabelledTree


def add_index(parser: ArgumentParser) -> None:
    """Add the flag for the package index."""
    parser.add_argument(
        "--index-url", metavar="URL", help="simple index (default: the index that pip is configured for)"
    )


def add_trees(parser: ArgumentParser) -> None:
    """Add the flags for the two labelled trees and for wrong labels."""
    parser.add_argument("--benign", type=Path, required=True, metavar="DIR", help="tree that `corpus benign` built")
    parser.add_argument("--benign-list", type=Path, required=True, metavar="FILE", help="the list it was built from")
    parser.add_argument(
        "--malicious", type=Path, required=True, metavar="DIR", help="tree that `corpus malicious` built"
    )
    parser.add_argument("--malicious-list", type=Path, required=True, metavar="FILE", help="the list it was built from")
    parser.add_argument("--noise", type=Path, metavar="FILE", help="CSV of sha256 with a wrong label: left out")


def labelled_trees(args: Namespace) -> "tuple[LabelledTree, LabelledTree]":
    """Return the trees of `add_trees` with their labels, the malicious one first."""
    from jobs.corpus.rows import LabelledTree

    return (
        LabelledTree(args.malicious, args.malicious_list, 1),
        LabelledTree(args.benign, args.benign_list, 0),
    )
