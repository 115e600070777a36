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
RARE_LOADERS = (
    "importlib.machinery.SourcelessFileLoader", "importlib.machinery.ExtensionFileLoader", "zipimport.zipimporter",
    "imp.load_compiled", "imp.load_dynamic", "_imp.create_dynamic", "_imp.exec_dynamic", "site.addsitedir",
    "site.addpackage", "importlib._bootstrap_external.SourcelessFileLoader",
    "importlib._bootstrap_external.ExtensionFileLoader", "_frozen_importlib_external.SourcelessFileLoader",
    "_frozen_importlib_external.ExtensionFileLoader",
)  # fmt: skip
"""Functions and types that run code which is no Python source: bytecode, native code, an archive, a `.pth` file."""
INSTALLERS = (
    "pip.main", "pip._internal.main", "pip._internal.main.main", "pip._internal.cli.main.main",
    "pip._internal.cli.main", "ensurepip.bootstrap", "ensurepip._bootstrap", "ensurepip._run_pip", "ensurepip._main",
    "setuptools.command.easy_install.main", "easy_install.main", "setuptools.sandbox.run_setup",
    "distutils.core.run_setup", "setuptools.distutils.core.run_setup", "setuptools._distutils.core.run_setup",
    "setuptools.Distribution.fetch_build_eggs", "setuptools.dist.Distribution.fetch_build_eggs",
    "setuptools.Distribution.fetch_build_egg", "setuptools.dist.Distribution.fetch_build_egg",
)  # fmt: skip
"""Functions that install another project, or run its setup.py, in the same process."""
IMPORT_FUNCTIONS = ("__import__", "importlib.import_module", "importlib.__import__", "import_module")
"""Functions that import a module named by a string; the last is used after `from importlib import`."""
PROCESS_STARTERS = ("Popen", "check_output", "check_call", "startfile")
"""Functions that start a program and whose names are unambiguous after any module or object."""
ACTING_ATTRIBUTES = frozenset(
    (*SOURCE_RUNNERS, "execfile", *PROCESS_STARTERS, "system", "popen", "run", "call", "getoutput", "getstatusoutput",
     "execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe", "spawnl", "spawnle", "spawnlp",
     "spawnv", "spawnve", "spawnvp", "posix_spawn", "posix_spawnp", "spawn", "run_path", "run_module", "fork_exec",
     "main", "pipepager", "timeit", "create_subprocess_shell", "create_subprocess_exec", "interact", "runctx",
     "run_setup", "_run_pip", "PyRun_SimpleString")
)  # fmt: skip
"""Last parts of the names of functions that execute code or start a program, before the whole name is resolved."""
