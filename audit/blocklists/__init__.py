"""Blocklists: how the record of what is blocked is kept, and in `targets` the formats that it is exported in."""
