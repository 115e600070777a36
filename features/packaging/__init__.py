"""Packaging metadata of distributions: names, METADATA, setup files, RECORD and licences."""
