"""Measures the files of a release: counts, sizes, names, disguises, start-up code, upkeep and its own file lists."""
