"""The blocklist formats, one a file; `audit.blocklists.registry` says which there are."""
