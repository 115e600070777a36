"""Lists the names with which Python code runs other code or starts programs.

Every module that detects execution takes these names and adds those that only it can recognise, so that a new name
is added in one place.
"""

SOURCE_RUNNERS = ("exec", "eval")
"""Builtins that directly run source or a code object."""
SOURCE_BUILTINS = (*SOURCE_RUNNERS, "compile", "execfile")
"""Builtins that take source, including `compile`, which only makes a code object, and `execfile` of Python 2."""
CODE_TYPES = ("FunctionType", "CodeType")
"""Members of `types` that make a function or a code object from bytecode."""
MODULE_RUNNERS = ("run_path", "run_module")
"""Functions of `runpy` that run a file or a module."""
MODULE_LOADERS = ("spec_from_file_location", "SourceFileLoader", "load_source")
"""Functions of `importlib` and `imp` that import a file by its path."""
IMPORT_FUNCTIONS = ("__import__", "importlib.import_module", "importlib.__import__", "import_module")
"""Functions that import a module named by a string; the last is used after `from importlib import`."""
PROCESS_STARTERS = ("Popen", "check_output", "check_call", "startfile")
"""Functions that start a program and whose names are unambiguous after any module or object."""
