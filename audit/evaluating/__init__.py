"""Renders an evaluation: one page with curves, and one JSON record."""
