import pytest

from features.surfaces.javascript import JAVASCRIPT_WORDS, OBFUSCATED_NAMES, find_javascript_acts
from features.surfaces.words import find_words

NAMES = ",".join(f"_0x{number:06x}" for number in range(OBFUSCATED_NAMES))


def rules(text: str) -> set[str]:
    data = text.encode()
    return {place.rule for place in find_javascript_acts("x.js", data, find_words(data, JAVASCRIPT_WORDS))}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"var a=[{NAMES}];", {"javascript_obfuscated"}),
        ("fetch(u,{method:'POST',body:JSON.stringify(process.env)})", {"javascript_steals"}),
        ("const t=fs.readFileSync(home+'/.npmrc');https.request(o);process.env.X", {"javascript_steals"}),
    ],
)
def test_a_look_alike_is_found(text: str, expected: set[str]) -> None:
    assert expected == rules(text)


@pytest.mark.parametrize(
    "text",
    [
        "!function(e,t){var n=window.x;fetch('/api/'+e)}(1,2);" * 200,
        "if(process.env.NODE_ENV!=='production'){fetch(u)}",
        "const keep={...process.env};spawn(x,{env:keep})",
        "var a=[_0x1a2b3c];",
        "console.log(JSON.stringify(process.env))",
        "ace.define('sh',['.ssh/','id_rsa']);fetch(u)",
    ],
)
def test_minified_and_honest_javascript_is_left_alone(text: str) -> None:
    assert rules(text) == set()
