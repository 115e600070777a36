"""The person's side: the command line, configuration, findings, reports and blocklists."""
