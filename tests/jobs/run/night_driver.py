"""Nights that do something to themselves at a moment, each in a process of its own.

Reads lines of JSON: [moment, deed, file for stdout, file for stderr, word of `boojum`, ...], forks a process for each,
which costs no import, and prints its exit status or, negative, the signal that ended it.

A moment is "STAGE:NUMBER", the first time that the progress of a stage reaches a number, or "link", before
runs/latest is pointed at the run. A deed is the name of a signal for itself, or "SIGNAL:PID" for another, or "full":
no file may grow over half a kilobyte.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import jobs_doubles

import jobs.run.feature_update
from audit import cli, nightly, progress
from features.schema import fingerprint
from jobs.run.audit import run_audit


def run(moment: str, deed: str, words: Sequence[str]) -> int:
    stage, _, number = moment.partition(":")

    def act() -> None:
        if deed == "full":
            resource.setrlimit(resource.RLIMIT_FSIZE, (512, resource.RLIM_INFINITY))
        else:
            name, _, process = deed.partition(":")
            os.kill(int(process or os.getpid()), getattr(signal, name))

    class Watched(progress.ProgressBars):
        done = False

        def __call__(self, done: int, total: int, what: str) -> None:
            super().__call__(done, total, what)
            if not self.done and what == stage and done >= int(number):
                self.done = True
                act()

    if stage == "link":
        Path.symlink_to = lambda *_, **__: act()  # type: ignore[method-assign]
    progress.ProgressBars = Watched  # type: ignore[misc]
    jobs.run.feature_update.unit_size = lambda table: (2**25, 4)  # type: ignore[attr-defined]
    job = partial(
        run_audit, extract=jobs_doubles.extract, load=jobs_doubles.load, load_changes=jobs_doubles.load_changes
    )
    nightly.audit_mirror.__kwdefaults__.update(run=job)  # type: ignore[union-attr]
    return cli.main(words)


def fork(moment: str, deed: str, output: str, noise: str, *words: str) -> int:
    child = os.fork()
    if not child:
        for stream, file in ((1, output), (2, noise)):
            os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), stream)
        status = 99
        try:
            status = run(moment, deed, words)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    # A shell starts what it puts in the background with SIGINT ignored, and a child inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    fingerprint()  # once for all
    for line in sys.stdin:
        print(fork(*json.loads(line)), flush=True)
