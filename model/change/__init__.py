"""The second score: learnt from what a release has that its base has not."""
