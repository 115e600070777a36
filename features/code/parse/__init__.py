"""Parsers of hostile Python source, under limits."""
