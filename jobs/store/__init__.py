"""Stores feature rows and scores as partitioned Parquet in the output folder.

    store/features/schema=<fingerprint>/run=<id>/part-*.parquet     rows of the feature table, by project
    store/scores/model=<id>/run=<id>/part-*.parquet                 their scores, one part for one part
    store/changes/schema=<fingerprint>/run=<id>/part-*.parquet      rows of the change table, by project
    .../run=<id>~<n>/                                               parts of several runs, merged (`merged_runs.py`)

A run in progress writes into a folder `.staging=<id>` next to finished runs, which becomes `run=<id>` by one rename.
Workers leave a file `unit-*.parquet` there for each unit of work, and parts are made of those before the rename. The
next run adopts what a killed run left. Adopting and committing both begin with a rename of the staging folder, so that
a worker of an ended run cannot write any more: its path is gone.
"""
