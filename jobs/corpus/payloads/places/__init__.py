"""Families of payloads, one place a file; `jobs.corpus.payloads.registry` lists them."""
