"""Parsing of hostile Python source under limits."""
