"""Reads a bandersnatch mirror, or a folder of distribution files, into a table of artifacts."""
