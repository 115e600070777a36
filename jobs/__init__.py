"""The same work on many machines: the only room that knows Dask and the mirror's disk layout."""
