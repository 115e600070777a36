"""Runs one audit: planning, extraction, merging and scoring on Dask workers, and what to do when they fail."""
