"""Detectors of suspicious calls in one Python file, one family of rules in each module."""
