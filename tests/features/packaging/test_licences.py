from typing import Any

import pytest

from features.contract import FileType, Member, Role
from features.packaging.licences import declared_families, licence_mismatch

MIT = "MIT License\n\nCopyright (c) Ada\n\nPermission is hereby granted, free of charge, to any person"
GPL = "GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007"
APACHE = "Apache License\nVersion 2.0, January 2004"


@pytest.mark.parametrize(
    ("declared", "families"),
    [
        ("MIT", {"mit"}),
        ("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", {"lgpl"}),
        ("GPLv3", {"gpl"}),
        ("AGPL-3.0-only", {"agpl"}),
        ("Apache-2.0 OR MIT", {"apache", "mit"}),
        ("limited, permitted, committed", set()),
        ("BSD-3-Clause", {"bsd"}),
        (MIT, {"mit"}),
    ],
)
def test_families_of_a_declaration(declared: Any, families: Any) -> None:
    assert declared_families(declared) == families


@pytest.mark.parametrize(
    ("declared", "file", "mismatch"),
    [("MIT", MIT, False), ("MIT", GPL, True), ("Apache 2.0", APACHE, False), ("BSD", APACHE, True),
     ("Some words", MIT, None), ("MIT", "our own words", None), ("", MIT, None)],
)  # fmt: skip
def test_a_declaration_against_a_file(declared: Any, file: Any, mismatch: Any) -> None:
    data = file.encode()
    assert licence_mismatch(declared, Member("LICENSE", len(data), FileType.TEXT, Role.REST, data)) is mismatch
