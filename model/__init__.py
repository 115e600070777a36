"""Learning from the feature table: stack, splits, evaluation, explanation and the saved model."""
