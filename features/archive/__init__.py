"""Readers of archives: in memory, by content, as streams, under limits, without trust in any header."""
