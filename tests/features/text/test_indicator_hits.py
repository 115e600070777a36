"""The scan of a text for all indicators: every hit, in order, within bounds."""

import pickle
import re
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.text import indicator_hits
from features.text.indicator_file import RUN_BYTES, Pass
from features.text.indicator_hits import HITS_PER_INDICATOR, LINE_REACH, Hit, excerpt, line_of, passes_for, scan
from features.text.indicators import DIGEST, INDICATORS, POSITIONS

CASES = tomllib.loads(Path(__file__).with_name("indicator_cases.toml").read_text(encoding="utf-8"))


def ids(text):
    data = text if isinstance(text, bytes) else text.encode()
    return {INDICATORS[hit.indicator].id for hit in scan(data)}


def cases(side):
    return [
        pytest.param(name, text, id=f"{name}-{number}")
        for name, sides in CASES.items()
        for number, text in enumerate(sides[side])
    ]


@pytest.mark.parametrize(("name", "text"), cases("lookalikes"))
def test_look_alike_is_found(name, text):
    assert name in ids(text)


@pytest.mark.parametrize(("name", "text"), cases("twins"))
def test_twin_is_left_alone(name, text):
    assert name not in ids(text)


@pytest.mark.parametrize(
    "around", ["import os\r\n\r\nvalue = 1\n{}\nvalue = 2\n", "    {}\r\n", "x" * 70 + " {} " + "y" * 70]
)
def test_look_alikes_are_found_anywhere_in_a_file(around):
    # Hyperscan loses matches of some patterns (two short gaps beside brackets) away from the start of a text.
    found = {name: [name in ids(around.replace("{}", text)) for text in CASES[name]["lookalikes"]] for name in CASES}
    assert [name for name, each in found.items() if not all(each)] == []


def test_hyperscan_finds_what_re_finds():
    patterns = [
        re.compile(indicator.pattern.encode(), re.IGNORECASE if indicator.flags else 0) for indicator in INDICATORS
    ]
    differing = []
    for name, sides in CASES.items():
        for text in (*sides["lookalikes"], *sides["twins"]):
            data = f"value = 1\n{text}\n".encode()
            expected = {INDICATORS[place].id for place, pattern in enumerate(patterns) if pattern.search(data)}
            if ids(data) != expected:
                differing.append((name, ids(data) ^ expected))
    assert differing == []


def test_hits_are_ordered_and_counted_each():
    data = b"a = 1\nos.system(x)\neval(y)\nos.system(z)\n"
    system, evaluate = POSITIONS["os_system"], POSITIONS["eval_call"]
    assert scan(data) == [Hit(system, 6, 16), Hit(evaluate, 19, 24), Hit(system, 27, 37)]


def test_a_hit_starts_with_its_line_or_a_bounded_way_before_its_end():
    data = b"x" * 1000 + b" = 1; os.system(a)"
    (hit,) = [hit for hit in scan(data) if INDICATORS[hit.indicator].id == "os_system"]
    assert hit.end == data.index(b"(") + 1
    assert hit.start == hit.end - LINE_REACH


@pytest.mark.parametrize("times", [HITS_PER_INDICATOR - 1, HITS_PER_INDICATOR, HITS_PER_INDICATOR + 1, 200_000])
def test_hits_of_one_indicator_are_capped(times):
    hits = scan(b"os.system(a)\n" * times)
    assert sum(hit.indicator == POSITIONS["os_system"] for hit in hits) == min(times, HITS_PER_INDICATOR)


def test_a_flood_of_one_indicator_does_not_hide_another():
    assert "discord_webhook" in ids(b"os.system(a)\n" * 100_000 + b"https://discord.com/api/webhooks/0/x")
    assert "far_right_code" in ids(b"os.system(a)\n" * 100_000 + b" " * 200 + b"a()")
    assert "os_system" in ids((b" " * 200 + b"a()\n") * 70_000 + b"os.system(a)")


@pytest.mark.parametrize(
    "unit",
    [
        *(bytes([byte]) for byte in b"a \n\t'\"(0_\xff"),
        *(b"1,", b"\\x41", b"O0", b"lI", b"chr(1)+", b"ex'+'ec", b"\xe2\x80\x8b", b"\xf0\x9d\x97\xb2"),
        *(b"https://a.", b"exec(", b"a[1]+", b"A/", b"eval(b'", b"curl ", b"import os as o;", b"os.environ,"),
    ],
    ids=repr,
)
def test_a_megabyte_of_one_thing_is_bounded(unit):
    data = unit * (2**20 // len(unit))
    hits = scan(data)
    assert len(hits) <= HITS_PER_INDICATOR * len({hit.indicator for hit in hits})
    assert all(0 <= hit.start < hit.end <= len(data) for hit in hits)


@pytest.mark.parametrize("run", ["A" * 5000, "0a" * 5000, "lI" * 5000, r"\x41" * 5000, "104, " * 5000])
def test_a_run_is_one_hit_and_not_one_for_each_of_its_bytes(run):
    hits = scan(f"a = ['{run}']\nb = [{run}]".encode())
    for position in {hit.indicator for hit in hits}:
        assert sum(hit.indicator == position for hit in hits) <= 2


def test_nothing_is_found_in_nothing():
    assert scan(b"") == []


ALWAYS = [Pass.WORDS, Pass.PUNCTUATION]


def test_some_passes_are_always_searched_for():
    assert passes_for(b"") == ALWAYS
    assert passes_for(b"x" * RUN_BYTES + b" " * 60) == list(Pass)


@pytest.mark.parametrize(
    "indicator", [each for each in INDICATORS if each.scan_pass not in ALWAYS], ids=lambda indicator: indicator.id
)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_pass_that_a_text_is_not_searched_for_cannot_match_in_it(indicator, data):
    matching = data.draw(st.from_regex(re.compile(indicator.pattern.encode()), fullmatch=True))
    # Only some bytes of a text are looked at: a match must show wherever it begins.
    before, after = data.draw(st.integers(0, 17)), data.draw(st.integers(0, 9))
    assert indicator.scan_pass in passes_for(b"(" * before + matching + b"(" * after)


@given(
    st.sampled_from([(b"A", RUN_BYTES, Pass.RUNS), (b" ", 60, Pass.BLANKS), (b"\t", 30, Pass.BLANKS)]),
    st.integers(0, 17),
    st.integers(0, 17),
)
def test_a_run_shows_wherever_it_begins(run, before, after):
    letter, times, of = run
    assert of in passes_for(b"(" * before + letter * times + b"(" * after)


FRAGMENTS = [text for sides in CASES.values() for text in (*sides["lookalikes"], *sides["twins"])]


@given(st.lists(st.binary(max_size=60) | st.sampled_from(FRAGMENTS).map(str.encode), max_size=12).map(b"".join))
def test_any_bytes_are_scanned_the_same_every_time_within_bounds(data):
    hits = scan(data)
    assert hits == scan(data)
    assert [(hit.end, hit.indicator) for hit in hits] == sorted((hit.end, hit.indicator) for hit in hits)
    for hit in hits:
        assert 0 <= hit.start < hit.end <= len(data)
        assert 0 <= hit.indicator < len(INDICATORS)
        assert 1 <= line_of(data, hit.end - 1) <= data.count(b"\n") + 1
        text = excerpt(data, hit.start, hit.end)
        assert len(text) <= 200
        assert "\n" not in text


@given(st.binary(max_size=400), st.data())
def test_an_excerpt_of_any_place_is_bounded(data, draw):
    end = draw.draw(st.integers(0, len(data)))
    start = draw.draw(st.integers(0, end))
    limit = draw.draw(st.integers(1, 300))
    assert len(excerpt(data, start, end, limit)) <= limit


def test_line_and_excerpt_are_where_the_hit_is():
    data = "é = 1\r\n\r\n    os.system('ls')  # here\nb = 2\n".encode()
    (hit,) = scan(data)
    assert line_of(data, hit.end - 1) == 3
    assert excerpt(data, hit.start, hit.end) == "os.system('ls')  # here"


def test_the_excerpt_of_a_long_line_holds_the_hit():
    data = ("é" * 3000 + ";os.system(a);" + "y" * 3000).encode()
    (hit,) = [hit for hit in scan(data) if INDICATORS[hit.indicator].id == "os_system"]
    text = excerpt(data, hit.start, hit.end)
    assert "os.system(a);yyy" in text
    assert "\ufffd" not in text
    assert 100 < len(text) <= 200


def test_threads_share_the_patterns_and_not_the_working_memory():
    texts = [f"{text}\n".encode() * 20 for text in FRAGMENTS[:200]]
    expected = [scan(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(scan, texts)) == expected


def test_scan_travels_to_another_process():
    code = (
        "import pickle, sys\n"
        "scan = pickle.loads(bytes.fromhex(sys.argv[1]))\n"
        "from features.text.indicators import DIGEST\n"
        "print(DIGEST, scan(b'os.system(a)'))"
    )
    arguments = [sys.executable, "-c", code, pickle.dumps(scan).hex()]
    root = Path(indicator_hits.__file__).parents[2]
    answer = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd=root).stdout
    assert answer.strip() == f"{DIGEST} {scan(b'os.system(a)')}"
