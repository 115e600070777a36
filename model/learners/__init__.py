"""The base learners, one a file; `model.registry` says which there are."""
