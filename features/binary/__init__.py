"""Members that are not text, read without running them: native code, bytecode and pickles."""
