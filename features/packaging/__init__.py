"""Packaging metadata of a distribution: names, METADATA, setup files, RECORD and licences."""
