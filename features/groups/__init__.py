"""The feature groups, one a file; `features.registry` says which there are."""
