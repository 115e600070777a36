"""Provides the command line: configuration, findings, reports and blocklists."""
