from datetime import UTC, datetime

import pytest
from packaging.utils import canonicalize_name

from jobs.corpus.index import IndexFile
from jobs.corpus.listing import read_list
from jobs.corpus.releases import VERSIONS, choose_releases, draw_releases

A = canonicalize_name("a")


def file(filename: str, **more) -> IndexFile:
    return IndexFile(
        **{
            "filename": filename,
            "url": "",
            "sha256": "ab" * 32,
            "size": 10,
            "upload_time": datetime(2026, 1, 1, tzinfo=UTC),
            **more,
        }
    )


def test_the_newest_final_releases_are_chosen_oldest_first():
    files = [file(f"a-1.{n}.tar.gz") for n in (9, 10, 2, 1, 3, 11)] + [file("a-2.0rc1.tar.gz"), file("a-odd.tar.gz")]
    chosen = choose_releases(A, files, "tail")
    assert ["1.3", "1.9", "1.10", "1.11"] == [listed.version for listed in chosen]
    assert VERSIONS == len(chosen)
    assert {"tail"} == {listed.stratum for listed in chosen}


def test_of_a_release_one_sdist_and_the_most_general_wheel_are_chosen():
    files = [
        file(f"a-{v}{tail}")
        for v in ("1.0", "1.1")
        for tail in (".tar.gz", "-cp312-cp312-win_amd64.whl", "-cp312-cp312-manylinux_2_17_x86_64.whl")
    ]
    files.append(file("a-1.1-py3-none-any.whl"))
    assert [
        "a-1.0.tar.gz",
        "a-1.0-cp312-cp312-manylinux_2_17_x86_64.whl",
        "a-1.1.tar.gz",
        "a-1.1-py3-none-any.whl",
    ] == [listed.filename for listed in choose_releases(A, files, "tail")]


@pytest.mark.parametrize("more", [{"yanked": True}, {"size": 10**9}, {"sha256": None}])
def test_a_project_without_two_usable_releases_has_none(more):
    assert [] == choose_releases(A, [file("a-1.0.tar.gz"), file("a-1.1.tar.gz", **more)], "tail")


def test_projects_of_all_strata_are_drawn_by_the_seed(index, tmp_path):
    ranked = [f"known{n}" for n in range(1_210)]
    (tmp_path / "popular.txt").write_text("\n".join(ranked))
    for name in ["known0", "known1", "known1204", "known1205", *(f"other{n}" for n in range(30))]:
        for version in ("1.0", "1.1"):
            index.add(name, version, f"{name}-{version}.tar.gz", f"{name} {version}".encode(), "2026-01-01T00:00:00Z")
    how = {"client": index.client(), "projects": 8, "popular": tmp_path / "popular.txt"}
    report = draw_releases(tmp_path / "one.csv", **how, exclude=["known1"])
    assert {"popular": 1, "middle": 2, "tail": 4} == report.projects
    listed = read_list(tmp_path / "one.csv")
    assert 14 == report.files == len(listed)
    assert "known1" not in {row.project for row in listed}
    draw_releases(tmp_path / "two.csv", **how, exclude=["known1"])
    assert (tmp_path / "one.csv").read_text() == (tmp_path / "two.csv").read_text()
