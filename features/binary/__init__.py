"""What is not text, read without running it: native modules and programs, bytecode, pickles."""
