"""Detects behaviour of a package while it is installed or imported."""

from collections.abc import Iterator

from features.code.detect.contract import CallSite, Detection, Detector
from features.code.detect.execution import CODE_EXECUTORS
from features.code.evaluate.dataflow import SOURCE_BITS
from features.code.evaluate.own_files import names_own_file
from features.code.parse.ast_walk import argument_nodes
from features.contract import Role

_NETWORK = frozenset(("network_send", "network_receive", "socket"))
_LIBRARY_LOADERS = (
    "CDLL", "PyDLL", "WinDLL", "OleDLL", ".LoadLibrary", ".dlopen", ".load_library", ".load_extension",
    ".loadextension",
)  # fmt: skip
_COMPILERS = (
    "llvmlite.binding.create_mcjit_compiler", "llvmlite.binding.create_lljit_compiler", "unicorn.Uc", "cffi.FFI.verify",
    "pyximport.install", "torch.utils.cpp_extension.load", "torch.utils.cpp_extension.load_inline",
)  # fmt: skip
"""Functions that make machine code, from source or in memory."""
_HARMLESS_HOST_INFO = ("platform.", "os.getcwd", "os.path", "pathlib")


class LoadTime(Detector):
    """Classifies the calls that run by themselves by their behaviours."""

    rules = (
        "install_time_process",
        "install_time_network",
        "install_time_execute",
        "install_time_host",
        "import_time_process",
        "import_time_network",
        "import_time_execute",
        "install_time_deserialize",
        "import_time_deserialize",
        "install_time_native",
        "import_time_native",
    )
    behaviours = frozenset((*_NETWORK, "execute_process", "execute_code", "host_info", "deserialize", "ctypes"))

    def check_call(self, site: CallSite) -> Iterator[Detection]:
        """Yield the rules that match a call that runs when the file is installed or imported."""
        if not site.runs:
            return
        factor = self._factor(site)
        behaviours = site.behaviours
        when = "install" if self.role is Role.INSTALL else "import"
        if "execute_process" in behaviours:
            yield site.match(f"{when}_time_process", factor)
        if not _NETWORK.isdisjoint(behaviours):
            yield site.match(f"{when}_time_network", factor)
        if "execute_code" in behaviours and site.name != "compile":
            yield site.match(f"{when}_time_execute", factor)
        if "deserialize" in behaviours and not _depends_on_version(site):
            yield site.match(f"{when}_time_deserialize")
        if "ctypes" in behaviours and self._loads_own_library(site):
            yield site.match(f"{when}_time_native")
        if self.role is Role.INSTALL and "host_info" in behaviours and not site.name.startswith(_HARMLESS_HOST_INFO):
            yield site.match("install_time_host", factor)

    def _loads_own_library(self, site: CallSite) -> bool:
        """Return whether a call loads a library by a path below the package's own folder, or makes one in memory."""
        if site.name in _COMPILERS:
            return True
        if not site.name.endswith(_LIBRARY_LOADERS):
            return False
        return any(names_own_file(argument, site.scope, self.resolver) for argument in argument_nodes(site.call))

    def _factor(self, site: CallSite) -> float:
        """Return the factor on a call, lower for executing a local file, as many setup.py files do for the version."""
        if site.name not in CODE_EXECUTORS or not site.call.args:
            return 1.0
        sources = self.dataflow.origin(site.call.args[0], site.scope).sources
        return 0.3 if sources == SOURCE_BITS["file_read"] else 1.0


def _depends_on_version(site: CallSite) -> bool:
    """Return whether a call is harmless under the newer versions of its library: `torch.load` that says nothing."""
    return site.name == "torch.load" and all(keyword.arg != "weights_only" for keyword in site.call.keywords)
