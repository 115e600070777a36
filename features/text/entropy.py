"""Computes the Shannon entropy (Shannon 1948) of texts, in bits for each symbol."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_LONG = 256
"""Size in bytes from which numpy counts the symbols."""


def entropy(data: bytes | str) -> float:
    """Return the entropy of the symbols of a text; 0.0 for an empty one."""
    size = len(data)
    if size < 2:
        return 0.0
    if isinstance(data, bytes) and size > _LONG:
        return entropy_of_counts(np.bincount(np.frombuffer(data, np.uint8)), size)
    return max(0.0, -sum(n / size * math.log2(n / size) for n in Counter(data).values()))


def entropy_of_counts(counts: npt.NDArray[np.int64] | npt.NDArray[np.float64], size: float) -> float:
    """Return the entropy of `size` symbols from the count of each of them."""
    shares = counts[counts > 0] / size
    return max(0.0, -float(shares @ np.log2(shares)))


def entropies(texts: Sequence[bytes]) -> tuple[float, ...]:
    """Return the entropy of each text, computed in one pass over all texts; no text may be empty."""
    if not texts:
        return ()
    sizes: npt.NDArray[np.int64] = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    # A symbol of text i counts in cell i * 256 + its byte.
    owners: npt.NDArray[np.int32] = np.repeat(np.arange(0, len(texts) << 8, 256, dtype=np.int32), sizes)
    cells = owners | np.frombuffer(b"".join(texts), np.uint8)
    if len(cells) >= len(texts) << 5:
        table = np.bincount(cells, minlength=len(texts) << 8)
        used = table.nonzero()[0]
        counts = table[used]
    else:
        # For many short texts the table would be nearly empty, so the cells are sorted instead.
        cells.sort()
        firsts = np.concatenate([[True], cells[1:] != cells[:-1]]).nonzero()[0]
        used, counts = cells[firsts], np.concatenate([firsts[1:], [len(cells)]]) - firsts
    sums = np.bincount(used >> 8, weights=counts * np.log2(counts), minlength=len(texts))
    return tuple(np.maximum(np.log2(sizes) - sums / sizes, 0.0).tolist())
