"""Opens the workers of a run at their first use, so that a run without work starts none."""

import contextlib
from collections.abc import Callable, Iterator
from functools import cache
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


@contextlib.contextmanager
def lazy_cluster(
    settings: ClusterSettings, paths: tuple[Path, ...], progress: Progress
) -> Iterator[Callable[[], "Cluster"]]:
    """Yield a function that opens the cluster at its first call; the cluster ends with the block.

    Every worker must see `paths`. The function raises the errors of `open_cluster` and `check_workers`.
    """
    with contextlib.ExitStack() as stack:

        @cache
        def open_once() -> "Cluster":
            progress(0, 0, "starting workers")
            # A run that needs no worker must not load distributed.
            from jobs.run.cluster import check_workers, open_cluster  # noqa: PLC0415

            cluster = stack.enter_context(open_cluster(settings))
            check_workers(cluster, paths)
            return cluster

        yield open_once
