"""Puts the stored parts of a sparse file of a tar archive into their places, as the standard library's tarfile does."""

Parts = list[tuple[int, int]]
"""Offset and length of each stored part of a sparse file."""
_MAX_STEPS = 10**6
"""Steps over a map whose parts are not in order, which tarfile may go through for ever."""


def is_ascending(parts: Parts) -> bool:
    """Return whether each part of a sparse file begins after the end of the one before."""
    end = 0
    for offset, length in parts:
        if offset < end or length < 0:
            return False
        end = offset + length
    return True


def expand_sparse(data: bytes, parts: Parts, size: int, limit: int) -> bytes:
    """Return a sparse file as `TarFile.extract` writes it, or its stored parts alone if it exceeds `limit` bytes.

    Of parts that overlap the last one counts.
    """
    if not 0 <= size <= limit or any(offset < 0 or length < 0 for offset, length in parts):
        return data
    content = bytearray(size)
    at = 0
    for offset, length in parts:
        piece = data[at : at + length]
        if offset < size:
            content[offset : offset + len(piece)] = piece
        at += length
    return bytes(content[:size])


def read_sparse(data: bytes, parts: Parts, size: int, limit: int) -> bytes:
    """Return a sparse file as `TarFile.extractfile` reads it, up to where that stops or never ends.

    The place in the map goes forward only, and begins anew at its end: of parts that overlap, mostly the first counts.
    """
    if not 0 <= size <= limit:
        return b""
    spans: list[tuple[int, int, int | None]] = []
    end = at = 0
    for offset, length in parts:
        if offset > end:
            spans.append((end, offset, None))
        spans.append((offset, offset + length, at))
        at += length
        end = offset + length
    if end < size:
        spans.append((end, size, None))
    pieces: list[bytes] = []
    position = index = misses = steps = 0
    while position < size and misses <= len(spans) and steps < _MAX_STEPS:
        steps += 1
        start, stop, stored = spans[index]
        if not start <= position < stop:
            index, misses = (index + 1) % len(spans), misses + 1
            continue
        misses = 0
        length = min(size, stop) - position
        piece = bytes(length) if stored is None else _slice(data, stored + position - start, length)
        if not piece:
            break
        pieces.append(piece)
        position += len(piece)
    return b"".join(pieces)


def _slice(data: bytes, at: int, length: int) -> bytes:
    return data[at : at + length] if at >= 0 else b""
