"""Detects suspicious calls in one Python file; one family of rules a file."""
