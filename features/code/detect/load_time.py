"""Detects behaviour of a package while it is installed or imported."""

from collections.abc import Iterator

from features.code.detect.contract import CallSite, Detection, Detector
from features.code.detect.execution import CODE_EXECUTORS
from features.code.evaluate.dataflow import SOURCE_BITS
from features.contract import Role

_NETWORK = frozenset(("network_send", "network_receive", "socket"))
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
    )
    behaviours = frozenset((*_NETWORK, "execute_process", "execute_code", "host_info"))

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
        if self.role is Role.INSTALL and "host_info" in behaviours and not site.name.startswith(_HARMLESS_HOST_INFO):
            yield site.match("install_time_host", factor)

    def _factor(self, site: CallSite) -> float:
        """Return the factor on a call, lower for executing a local file, as many setup.py files do for the version."""
        if site.name not in CODE_EXECUTORS or not site.call.args:
            return 1.0
        sources = self.dataflow.origin(site.call.args[0], site.scope).sources
        return 0.3 if sources == SOURCE_BITS["file_read"] else 1.0
