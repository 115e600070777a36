"""Families of operating-system functions."""

import pytest

from features.binary.api_families import (
    API_FAMILIES,
    EVIDENCE_FAMILIES,
    STRING_SEARCHED,
    base_name,
    count_by_family,
    family_by_function,
)


@pytest.mark.parametrize(
    ("expected", "imports", "libraries"),
    [
        ({}, (), ()),
        ({}, ("PyList_New", "memcpy"), ("libc.so.6",)),
        ({"process": 1}, ("CreateProcessW",), ()),
        ({"process": 1}, ("CreateProcess", "CreateProcessA", "CreateProcessW"), ()),
        ({"process": 2, "deletion": 1}, ("execve", "fork", "unlink"), ()),
        ({"network": 2}, ("socket", "connect"), ("WS2_32.dll",)),
        ({"network": 1}, (), ("WS2_32.dll", "winhttp.dll")),
        ({}, (), ("networking.dll",)),
    ],
)
def test_functions_are_counted_by_family_and_a_network_library_as_one(expected, imports, libraries):
    assert expected == count_by_family(imports, libraries)


@pytest.mark.parametrize(
    ("expected", "name"),
    [("CreateProcess", "CreateProcessW"), ("CreateProcess", "CreateProcess"), ("unknownW", "unknownW")],
)
def test_the_letter_of_a_character_set_is_no_part_of_a_name(expected, name):
    assert expected == base_name(name)


def test_no_function_is_in_two_families():
    names = [name for family in API_FAMILIES for name in family.names.split()]
    assert len(names) == len(set(names)) == len(family_by_function())


def test_the_families_that_are_searched_for_as_strings_exist():
    assert EVIDENCE_FAMILIES < STRING_SEARCHED < {family.id for family in API_FAMILIES}
