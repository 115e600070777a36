"""Reads a bandersnatch mirror, or a plain folder of distribution files, into a table of artifacts."""
