import os

from jobs.run.worker_name import worker_name


def test_a_worker_is_named_by_its_host_and_its_process():
    assert f"{os.uname().nodename} (process {os.getpid()})" == worker_name()
