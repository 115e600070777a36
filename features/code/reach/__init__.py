"""Reachability of code across the files of a release: at install, at import, by commands and by use."""
