import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from features.contract import Progress
from features.packaging.metadata import CoreMetadata
from features.reference.identity import MOST_OWNERS, ProjectIdentity, mail_key, parse_identities
from jobs.corpus.contract import CorpusError, ListedFile
from jobs.corpus.identities import build_identities, derive_identity, drop_shared_values
from jobs.corpus.layout import tree_path

PKG_INFO = (
    "Name: Sheep.Counter\nVersion: 1\nSummary: Counts sheep in pictures of meadows\nAuthor-email: ada@engine.example\n"
    "Home-page: https://github.com/ada/sheep\nProject-URL: Sponsor, https://github.com/pay/ada\n"
)


def test_a_table_is_made_from_a_tree(tmp_path: Path, make_sdist: Callable[..., Path]) -> None:
    made = make_sdist({"PKG-INFO": PKG_INFO, "sheepcount/__init__.py": "x = 1\n", "setup.py": ""}, "sheep-counter", "1")
    data = made.read_bytes()
    blake = hashlib.blake2b(data, digest_size=32).hexdigest()
    listed = ListedFile(canonicalize_name("sheep-counter"), "1", made.name, "0" * 64, blake2b_256=blake, size=len(data))
    there = tmp_path / "tree" / tree_path(blake, made.name)
    there.parent.mkdir(parents=True)
    there.write_bytes(data)
    seen: list[int] = []
    progress: Progress = lambda done, _total, _what: seen.append(done)  # noqa: E731
    assert build_identities([listed], tmp_path / "tree", tmp_path / "out.txt", progress=progress) == 1
    (one,) = parse_identities((tmp_path / "out.txt").read_text(encoding="utf-8"))
    assert (one.name, one.imports, one.urls) == ("sheep-counter", ("sheepcount",), ("github.com/ada/sheep",))
    assert (one.mails, len(one.summary), seen) == ((mail_key("ada@engine.example"),), 6, [1])


def test_values_that_many_share_are_left_out() -> None:
    many = [ProjectIdentity(f"p{number}", ("shared", f"own{number}")) for number in range(MOST_OWNERS + 1)]
    assert [one.imports for one in drop_shared_values(many)] == [(f"own{number}",) for number in range(MOST_OWNERS + 1)]


def test_a_tree_without_the_listed_files_is_an_error(tmp_path: Path) -> None:
    listed = ListedFile(canonicalize_name("a"), "1", "a-1.tar.gz", "0" * 64, blake2b_256="0" * 64, size=1)
    with pytest.raises(CorpusError, match="none of the listed files"):
        build_identities([listed], tmp_path, tmp_path / "out.txt")


def test_an_identity_has_the_names_and_urls_of_its_project_first() -> None:
    metadata = CoreMetadata(
        homepage="https://github.com/ada/sheep",
        project_urls=(
            ("sponsor us", "https://github.com/pay/ada"),
            ("source", "https://github.com/ada/sheep/"),
            ("docs", "https://gitlab.com/ada/docs"),
        ),
        emails=("ada@engine.example", "ADA@engine.example"),
        summary="Counts sheep in pictures of meadows",
    )
    identity = derive_identity("Sheep.Counter", metadata, ["aaa", "_private", "counter", "bbb", "sheep", "ccc"])
    assert ("sheep-counter", ("counter", "sheep", "aaa")) == (identity.name, identity.imports)
    assert ("github.com/ada/sheep", "gitlab.com/ada/docs") == identity.urls
    assert (mail_key("ada@engine.example"),) == identity.mails


def test_values_that_few_share_stay() -> None:
    few = [ProjectIdentity(f"p{number}", ("shared",), ("url",), ("mail",)) for number in range(MOST_OWNERS)]
    assert few == drop_shared_values(few[::-1])
