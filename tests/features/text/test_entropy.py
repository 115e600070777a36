import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.text.entropy import entropies, entropy, entropy_of_counts


@pytest.mark.parametrize(
    ("bits", "data"),
    [(0.0, b""), (0.0, b"a"), (0.0, b"aaaa"), (1.0, b"abab"), (2.0, "abcd"), (8.0, bytes(range(256)) * 4)],
)
def test_entropy_is_bits_for_each_symbol(bits, data):
    assert bits == pytest.approx(entropy(data))


def test_a_letter_of_several_bytes_is_one_symbol_of_text():
    assert 1.0 == entropy("\u00e9\u00e8")
    assert 1.5 == entropy("\u00e9\u00e8".encode())


@given(st.binary(min_size=1, max_size=600))
def test_all_ways_to_work_it_out_agree(data):
    counts = np.bincount(np.frombuffer(data, np.uint8))
    expected = -sum(n / len(data) * math.log2(n / len(data)) for n in counts.tolist() if n)
    for found in (entropy(data), entropy_of_counts(counts, len(data)), *entropies([data])):
        assert expected == pytest.approx(found, abs=1e-9)
        assert 0.0 <= found <= 8.0


def test_no_texts_have_no_entropies():
    assert () == entropies([])


def test_an_entropy_is_the_same_whatever_stands_beside_it():
    texts = [bytes(range(at)) * (at % 7 + 1) for at in range(1, 200)]
    assert entropies(texts) == tuple(entropies([text])[0] for text in texts)
