"""Provides the feature groups, one a file; `features.registry` lists them."""
