"""Opens the workers of a run at their first use, so that a run without work starts none."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from features.contract import Progress
from jobs.contract import ClusterSettings, SchedulerUnreachableError

if TYPE_CHECKING:
    from jobs.run.cluster import Cluster


def check_settings(settings: ClusterSettings) -> None:
    """Raise SchedulerSettingsError for a scheduler that would never be used; one that does not answer may be mended."""
    if settings.scheduler or settings.scheduler_file:
        from jobs.run.scheduler import read_address  # noqa: PLC0415  as below

        with contextlib.suppress(SchedulerUnreachableError):
            read_address(settings)


class LazyCluster:
    """Opens a cluster at its first call and returns the same one at later calls; made by `lazy_cluster`.

    `unconfined` are sentences about what the kernel could not take away from its workers.
    """

    def __init__(
        self, settings: ClusterSettings, paths: tuple[Path, ...], progress: Progress, stack: contextlib.ExitStack
    ) -> None:
        self.unconfined: tuple[str, ...] = ()
        self._settings = settings
        self._paths = paths
        self._progress = progress
        self._stack = stack
        self._cluster: Cluster | None = None

    def __call__(self) -> "Cluster":
        """Return the cluster; raises the errors of `open_cluster` and `check_workers`."""
        if self._cluster is None:
            self._progress(0, 0, "starting workers")
            # A run that needs no worker must not load distributed.
            from jobs.run.cluster import check_workers, open_cluster  # noqa: PLC0415

            cluster = self._stack.enter_context(open_cluster(self._settings))
            self.unconfined = check_workers(cluster, self._paths)
            self._cluster = cluster
        return self._cluster


@contextlib.contextmanager
def lazy_cluster(settings: ClusterSettings, paths: tuple[Path, ...], progress: Progress) -> Iterator[LazyCluster]:
    """Yield a function that opens the cluster at its first call; the cluster ends with the block.

    Every worker must see `paths`.
    """
    with contextlib.ExitStack() as stack:
        yield LazyCluster(settings, paths, progress, stack)
