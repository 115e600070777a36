"""Caches with their bounds, deadlines, garbage collection and stored patterns of a process that extracts features."""
