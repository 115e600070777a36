from hypothesis import given
from hypothesis import strategies as st

from features.install.decoded_texts import MAX_BYTES, decode_candidates

NEAR = st.sampled_from([
    "", ".replace('a', 'b')", ".replace('', 'b')", ".replace(b'a', '\\x')", ".split('a')", "maketrans('ab', 'cd')",
    "maketrans('ab', 'c')", "[::-1]", "[::3]",
])  # fmt: skip
TEXTS = st.one_of(st.binary(max_size=200), st.text('abu+&%=\\x0[]{}"<~', max_size=60).map(str.encode))


@given(TEXTS, st.lists(NEAR, max_size=4))
def test_any_bytes_are_read(data, near):
    assert all(isinstance(way, bytes) for way in decode_candidates(data, "".join(near)))


def test_what_is_exchanged_does_not_grow_without_end():
    grow = f".replace('a', '{'a' * 90}')"
    assert MAX_BYTES >= max(map(len, decode_candidates(b"a" * 9_000, grow * 9)))
    assert b"ab" * 9_000 in set(decode_candidates(b"a" * 9_000, ".replace('a', 'ab')"))


def test_the_texts_of_a_document_are_read_in_their_order():
    data = b'{"x": ["import os", 7, {"y": "aW1wb3J0IHN5czsgZXhlYyh4KQ=="}], "z": "no more"}'
    assert b"import os\nimport sys; exec(x)" in set(decode_candidates(data, "json"))
