"""Features of one distribution file: pure, picklable, independent of Dask, model and mirror."""
