"""Text of members: decoding, lexing, metrics and indicators."""
