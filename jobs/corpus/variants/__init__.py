"""Variants of corpus artifacts, made in memory as extra rows for training and evaluation."""
