"""Decides what is news to the reader, and what a person reads tonight."""
