"""Labelled corpora in a mirror's layout: benign artifacts from a package index, malicious ones from a git clone."""
