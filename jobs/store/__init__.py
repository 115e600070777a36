"""The feature store and the score store on disk."""
