"""Evaluation of a model by campaign and by time."""
