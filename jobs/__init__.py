"""Runs audits over a whole mirror on Dask workers; the only room that knows Dask and a mirror's layout on disk."""
