"""Text of a member: decoding, lexing, its metrics, and the indicators found in it."""
