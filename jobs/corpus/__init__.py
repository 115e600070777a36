"""Labelled corpora in the layout of a mirror: benign from a package index, malicious from a clone."""
