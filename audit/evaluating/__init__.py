"""What an evaluation says to a person: one page with curves, one JSON, and the words for both."""
