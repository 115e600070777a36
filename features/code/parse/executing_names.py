"""Names with which Python code runs other code or starts programs.

Every module that looks for execution takes its names from here and adds what only it can recognise, so that a new name
is added in one place.
"""

SOURCE_RUNNERS = ("exec", "eval")
"""Builtins that run source, or a code object, at once."""
SOURCE_BUILTINS = (*SOURCE_RUNNERS, "compile", "execfile")
"""Builtins that take source: also `compile`, which only makes a code object of it, and `execfile` of Python 2."""
CODE_TYPES = ("FunctionType", "CodeType")
"""Members of `types` that make a function or a code object of bytecode."""
MODULE_RUNNERS = ("run_path", "run_module")
"""Functions of `runpy` that run a file or a module."""
MODULE_LOADERS = ("spec_from_file_location", "SourceFileLoader", "load_source")
"""Functions of `importlib` and `imp` that import a file by its path."""
IMPORT_FUNCTIONS = ("__import__", "importlib.import_module", "importlib.__import__", "import_module")
"""Functions that import a module by a name that is a string; the last is imported by its own name."""
PROCESS_STARTERS = ("Popen", "check_output", "check_call", "startfile")
"""Functions that start a program and whose names mean nothing else, whatever module or object they stand behind."""
