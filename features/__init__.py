"""One distribution file as numbers: pure, picklable, knowing no Dask, no model and no mirror."""
