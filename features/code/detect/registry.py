"""Lists the detectors, and gives each the calls that it takes."""

from collections.abc import Callable, Iterable, Iterator

from features.code.detect.computed_names import ComputedNames
from features.code.detect.conditions import Conditions
from features.code.detect.contract import CallSite, Detection, Detector, FileContext
from features.code.detect.decoded_data import DecodedData
from features.code.detect.dropped_files import DroppedFiles
from features.code.detect.execution import Execution
from features.code.detect.load_time import LoadTime
from features.code.detect.network import Network
from features.code.detect.package_files import PackageFiles
from features.code.detect.patched_libraries import PatchedLibraries
from features.code.detect.processes import Processes
from features.code.detect.rare_ways import RareWays
from features.code.detect.renamed_builtins import RenamedBuiltins
from features.code.detect.strange_hosts import StrangeHosts
from features.code.detect.written_content import WrittenContent

DETECTORS: tuple[type[Detector], ...] = (
    Conditions,
    Execution,
    RenamedBuiltins,
    Processes,
    Network,
    StrangeHosts,
    WrittenContent,
    DecodedData,
    PackageFiles,
    LoadTime,
    DroppedFiles,
    PatchedLibraries,
    ComputedNames,
    RareWays,
)
"""All detectors, in the order in which they are given each call and, at the end, the file."""


class FileDetectors:
    """The detectors of one file."""

    def __init__(self, file: FileContext) -> None:
        self._detectors = tuple(make(file) for make in DETECTORS)
        self._checks: dict[tuple[str, ...], tuple[Callable[[CallSite], Iterable[Detection]], ...]] = {}

    def check_call(self, site: CallSite) -> Iterator[Detection]:
        """Yield the rules that match one call."""
        checks = self._checks.get(site.behaviours)
        if checks is None:
            checks = self._checks[site.behaviours] = tuple(
                detector.check_call
                for detector in self._detectors
                if detector.takes_conditional_calls or not detector.behaviours.isdisjoint(site.behaviours)
            )
        for check in checks:
            yield from check(site)

    def check_file(self) -> Iterator[Detection]:
        """Yield the rules that match the file as a whole."""
        for detector in self._detectors:
            yield from detector.check_file()
