"""Runtime of a process that extracts features: bounded caches, deadlines, garbage collection, stored patterns."""
