"""Report formats, one a file, listed in `audit.reports.registry`."""
