"""Caches, deadlines and garbage collection of a process that extracts features: every cache and its bound."""
