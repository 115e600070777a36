"""Measures what a release declares of itself: name, version, people, addresses, descriptions and dependencies."""
