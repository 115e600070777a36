"""Measures the declarations of a release: name, version, people, addresses, descriptions and dependencies."""
