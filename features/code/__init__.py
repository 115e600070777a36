"""The syntax pass: finds the behaviour of Python source in its syntax tree, without running it."""
