import base64
import re
from random import Random

from jobs.corpus.payloads.commands import c_literal, choose_command, quoted, spell_command
from tests.jobs.corpus.payloads.conftest import draft_of


def test_a_command_names_reserved_addresses_alone():
    for seed in range(40):
        command = choose_command(draft_of(seed=seed))
        assert not re.search(r"@(?:url|ip|port|file|domain|hook|raw)@", command)
        for host in re.findall(r"https?://([\w.-]+)", command):
            assert re.fullmatch(r"(?:198\.51\.100|203\.0\.113)\.\d+|.*\.(?:example|invalid)", host)


def test_a_literal_in_c_is_the_text_quoted_or_as_numbers():
    seen = {c_literal('a"b\n', Random(seed)) for seed in range(20)}
    assert {r'"a\"b\n"', "{97, 34, 98, 10, 0}"} == seen


def test_a_command_is_spelt_as_its_language_writes_it():
    command = "echo 'a' \"b\""
    assert r"echo 'a' \"b\"" == quoted(command) == spell_command("@RUST@", command, Random(1))
    assert r"echo \'a\' " + '"b"' == spell_command("@QUOTED@", command, Random(1))
    assert command == base64.b64decode(spell_command("@BASE64@", command, Random(1))).decode()
    numbers, key = spell_command("@NUMBERS@|@HEX@", command, Random(2)).split("|")
    assert command == "".join(chr(int(number, 16) ^ int(key, 16)) for number in numbers.split(", "))
