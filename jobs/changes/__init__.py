"""Compares each artifact with its base: the release before it, its sdist or wheel, or its nearest relative."""
