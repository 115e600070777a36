"""Binary members, read without running them: native code, bytecode and pickles."""
