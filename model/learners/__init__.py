"""Base learners, one a file; `model.registry` lists them."""
