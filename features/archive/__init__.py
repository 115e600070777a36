"""Readers of archives, which recognise content, read streams in memory under limits and trust no header."""
