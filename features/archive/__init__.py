"""Archives read in memory: by content, streaming, under limits, never trusting a header."""
