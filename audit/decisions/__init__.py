"""Decisions of people: waivers, blocks and labels, in one TOML file."""
