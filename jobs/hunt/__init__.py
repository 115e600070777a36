"""Reads artifacts again on workers, to search the text of their members."""
