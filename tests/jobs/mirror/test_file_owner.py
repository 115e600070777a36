import pytest

from features.contract import Kind
from jobs.mirror.file_owner import claims_on_page, names_project


@pytest.mark.parametrize(
    ("filename", "project", "version"),
    [
        ("python3-six_1.16.0-1_all.deb", "six", "1.16.0"),
        ("six_1.16.0_amd64.deb", "six", "1.16.0"),
        ("python-six-1.16.0-1.noarch.rpm", "six", "1.16.0"),
        ("Six.Setup.msi", "six", ""),
        ("setup-six.exe", "six", ""),
        ("six-1.16.0.win32-py2.7.exe", "six", "1.16.0"),
        ("python_six-1.16.0.dmg", "six", "1.16.0"),
        ("a-1-b-2.0.tar.gz", "a-1-b", "2.0"),
        ("a-1-b-2.0-3.zip", "a-1-b", "2.0.post3"),
        ("six-1.0.tlz", "six", "1.0"),
        ("six-1.0.tar.lz", "six", "1.0"),
        ("LibSix-2.0.linux-x86_64.tar.gz", "six", "2.0"),
    ],
)
def test_the_page_says_the_project_where_the_name_does_not(filename, project, version):
    claims = claims_on_page(filename, project)
    assert (project, version) == (claims.project, claims.version)


@pytest.mark.parametrize(
    ("filename", "kind"),
    [
        ("requests-2.0-py3-none-any.whl", Kind.WHEEL),
        ("requests-2.0.tar.gz", Kind.SDIST),
        ("requests-2.0-py2.7.egg", Kind.EGG),
    ],
)
def test_a_file_of_another_project_on_a_page_keeps_the_claim_of_its_name(filename, kind):
    claims = claims_on_page(filename, "evil")
    assert ("requests", kind) == (claims.project, claims.kind)


@pytest.mark.parametrize(
    ("filename", "project", "expected"),
    [
        ("six-1.0.tar.gz", "six", True),
        ("zope.interface-1.0-py3-none-any.whl", "zope-interface", True),
        ("Zope_Interface-1.0.zip", "zope-interface", True),
        ("a-1-b-2.0.tar.gz", "a-1-b", False),
        ("python3-six_1.0-1_all.deb", "six", False),
        ("six-setup.exe", "six", False),
        ("six.exe", "six", False),
        ("six-1.0.tlz", "six", False),
    ],
)
def test_most_names_say_their_project_at_a_glance(filename, project, expected):
    assert expected is names_project(filename, project)
