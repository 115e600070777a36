"""Reachability: code that runs at install, at import and by commands, across the files of a release."""
