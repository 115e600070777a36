"""Blocklists: how one is built, and the formats of its targets, one a file, listed in `audit.blocklists.registry`."""
