"""Learns from the feature table: the stack, splits, evaluation, explanations and the saved model."""
