"""The syntax pass: what Python source would do when it runs, read from its tree and never by running it."""
