"""`boojum bench`: throughput and memory of an audit on this machine."""

from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_common, add_model, add_replaced, read_settings, require
from audit.commands.output import print_result
from audit.errors import UsageError
from audit.exits import Exit


class BenchCommand:
    """Measures floor, extraction, scoring and whole audits on a sample of a mirror."""

    name = "bench"
    summary = "measure throughput and memory of an audit, as ratios to inflating the same bytes"
    epilog = (
        "example: boojum bench /srv/pypi --sample 300 --worker-counts 1,2\n"
        "It needs room for a copy of the sample in the temporary folder (TMPDIR), and removes the copy afterwards."
    )
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the mirror and the size of the measurement."""
        parser.add_argument("mirror", metavar="MIRROR", nargs="?", help="as for `boojum audit`; it is only read")
        parser.add_argument(
            "--sample", type=int, default=300, metavar="N", help="artifacts to measure (default 300; 0 for all)"
        )
        parser.add_argument(
            "--repeat", type=int, default=2, metavar="N", help="measurements of floor and extraction (default 2)"
        )
        parser.add_argument(
            "--worker-counts",
            type=parse_worker_counts,
            default=(1, 2),
            metavar="LIST",
            help="one audit for each of these numbers of workers (default 1,2)",
        )
        add_replaced(parser, ["--workers"], "--worker-counts LIST")
        add_model(parser)
        add_common(parser, out=False)

    def run(self, args: Namespace) -> Exit:
        """Measure, and print the costs."""
        from audit.benchmark import bench_mirror, render_benchmark
        from audit.progress import ProgressBars

        settings = read_settings(args)
        require(settings.mirror or None, "MIRROR", "bench")
        with ProgressBars(quiet=settings.quiet) as bars:
            benchmark = bench_mirror(settings, args.sample, args.repeat, args.worker_counts, bars)
        print_result(args, benchmark, render_benchmark)
        return Exit.COMPLETE


def parse_worker_counts(text: str) -> tuple[int, ...]:
    """Return the numbers of "1,2"; raises UsageError."""
    try:
        counts = tuple(int(word) for word in text.split(","))
    except ValueError:
        counts = ()
    if not counts or min(counts) < 1 or len(set(counts)) < len(counts):
        raise UsageError(f"--worker-counts is {text!r}", "write different numbers of workers, like 1,2")
    return counts
