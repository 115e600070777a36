"""Formats of the blocklist for proxies and mirrors, one a file, listed in `audit.blocklists.targets.registry`."""
