"""Confines processes that read hostile bytes: files, programs, network and calls of the kernel."""
