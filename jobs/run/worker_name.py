"""Names the process that a task runs in, for the errors that a worker raises."""

import os


def worker_name() -> str:
    """Return the host and the process id of this process."""
    return f"{os.uname().nodename} (process {os.getpid()})"
