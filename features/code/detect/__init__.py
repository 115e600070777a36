"""Rules over the calls of one Python file; one family of rules a file."""
