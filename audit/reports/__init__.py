"""The report formats, one a file; `audit.reports.registry` says which there are."""
