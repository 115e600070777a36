import numpy as np

from features.runtime.cache import clear_caches
from features.text.source_figures import role_figures, whole_figures
from features.text.source_metrics import HISTOGRAM_BYTES, MEASURED_NAMES, SourceFiles, measure_source


def test_only_a_part_of_much_source_is_measured_in_full_depth() -> None:
    files = [f"name_{at} = '{'x' * 90}'\n".encode() * 50 for at in range(20)]
    found = measure_source([SourceFiles(files, budget=4_000, file_budget=2_000)])
    assert found.roles[0].measured == 4_000
    assert role_figures(found)["names"] == 2
    assert role_figures(found)["longest_line"] == len(files[-1]) // 50 - 1


def test_a_file_with_a_very_long_line_is_measured_first_and_there() -> None:
    dull = b"x = 1\n" * 1000
    found = measure_source(
        [SourceFiles([dull, dull, dull + b"y = '" + b"z" * 1500 + b"'\n" + dull], budget=4_000, file_budget=2_000)]
    )
    assert role_figures(found)["longest_string"] == 1500


def test_what_is_known_is_measured_as_what_is_not() -> None:
    one = SourceFiles(
        [b"import os\nhome = 'somewhere beyond'\n", b"x" * 2_000, b"y = 'z'\r\n"], budget=60, file_budget=40
    )
    other = SourceFiles([*one.files, b"'" + b"long" * 200_000 + b"'"])
    found = []
    for known in (False, True):
        for asked in ([one], [other, one]):
            if not known:
                clear_caches()
            measured = measure_source(asked)
            found.append([role_figures(measured, at) for at in range(len(asked))] + [whole_figures(measured)])
    assert found[:2] == found[2:]


def test_a_name_of_two_roles_is_one_name() -> None:
    source = measure_source([SourceFiles([b"a = b\n"]), SourceFiles([b"c = a\n"])])
    assert (b"a", b"b", b"c") == source.names
    assert [(0, 1), (2, 0)] == [role.names for role in source.roles]


def test_a_name_is_measured_among_the_first_of_all_roles_alone() -> None:
    many = "".join(f"name_{at} = 1\n" for at in range(MEASURED_NAMES)).encode()
    source = measure_source([SourceFiles([many + b"O0OO0O = 1\n"]), SourceFiles([b"O0OO0O = 2\n"])])
    assert MEASURED_NAMES + 1 == len(source.names)
    assert MEASURED_NAMES == len(source.name_entropies)
    assert frozenset() == source.confusing_names


def test_the_histogram_of_much_source_is_estimated_from_all_its_files() -> None:
    files = [b"a" * (HISTOGRAM_BYTES - 1) + b"\n", b"b" * (HISTOGRAM_BYTES - 1) + b"\n"]
    (role,) = measure_source([SourceFiles(files)]).roles
    assert 2 * HISTOGRAM_BYTES == role.size
    assert np.isclose(role.histogram.sum(), role.size)
    assert abs(role.histogram[ord("a")] - role.histogram[ord("b")]) <= 4


def test_a_run_of_blank_lines_does_not_go_on_in_the_next_file() -> None:
    blank = measure_source([SourceFiles([b"\n" * 20 + b"x = 1\n", b"\n" * 20])])
    assert 0 == blank.blank_run
