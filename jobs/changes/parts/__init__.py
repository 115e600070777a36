"""Holds the parts of a change row, one file each."""
