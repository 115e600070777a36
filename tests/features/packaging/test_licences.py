from typing import Any

import pytest

from features.contract import FileType, Member, Role
from features.packaging.licences import TEXT_CHARS, families_in_declaration, families_in_text, licence_mismatch

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
def test_families_are_found_in_a_declaration(declared: Any, families: Any) -> None:
    assert families == families_in_declaration(declared)


@pytest.mark.parametrize(
    ("declared", "file", "mismatch"),
    [("MIT", MIT, False), ("MIT", GPL, True), ("Apache 2.0", APACHE, False), ("BSD", APACHE, True),
     ("Some words", MIT, None), ("MIT", "our own words", None), ("", MIT, None)],
)  # fmt: skip
def test_a_declaration_is_compared_with_a_licence_file(declared: Any, file: Any, mismatch: Any) -> None:
    data = file.encode()
    assert licence_mismatch(declared, Member("LICENSE", len(data), FileType.TEXT, Role.REST, data)) is mismatch


def test_all_rights_reserved_is_proprietary_only_where_nothing_else_is_found() -> None:
    assert {"proprietary"} == families_in_text("Copyright (c) Ada. All rights reserved.")
    assert {"mit"} == families_in_text("Copyright (c) Ada. All rights reserved. MIT License")


def test_wording_is_found_across_line_breaks_and_case() -> None:
    assert {"gpl"} == families_in_text("GNU General\n   Public\tLicense")


def test_wording_beyond_so_many_characters_is_not_searched() -> None:
    assert set() == families_in_text("x" * TEXT_CHARS + " mit license")
