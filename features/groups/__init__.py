"""Feature groups, one in each module; `features.registry` lists them."""
