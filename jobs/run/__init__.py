"""One audit on Dask workers: extraction, scoring and their failures."""
