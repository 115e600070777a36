"""`boojum corpus payloads`: next releases of real projects with payloads put in, and honest twins."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from audit.commands.arguments import add_common, add_seed, read_settings
from audit.commands.output import print_result
from audit.exits import Exit


class CorpusPayloadsCommand:
    """Builds the next releases that the change score learns from."""

    name = "payloads"
    summary = "build next releases of real projects with payloads put in, and honest ones, as files in a folder"
    epilog = (
        "Writes manifest.csv and the files into --out, which must be outside of any repository: with --malicious, they "
        "hold real malware. Nothing is run."
    )
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the hosts, the donors and the numbers."""
        from jobs.corpus.payloads.plan import PayloadCounts

        counts = PayloadCounts()
        parser.add_argument("--hosts", type=Path, required=True, metavar="DIR", help="tree of consecutive releases")
        parser.add_argument("--hosts-list", type=Path, required=True, metavar="FILE", help="the list it was built from")
        parser.add_argument("--malicious", type=Path, metavar="DIR", help="tree whose payloads are transplanted")
        parser.add_argument("--malicious-list", type=Path, metavar="FILE", help="the list it was built from")
        parser.add_argument("--out", required=True, metavar="DIR", help="folder for the releases and manifest.csv")
        for name, number, what in (
            ("templates", counts.templates, "releases with an inert payload"),
            ("transplants", counts.transplants, "releases with a payload of known malware"),
            ("twins", counts.twins, "honest releases"),
        ):
            parser.add_argument(f"--{name}", type=int, default=number, metavar="N", help=f"{what} (default {number})")
        parser.add_argument(
            "--families",
            default="train,valid,test",
            metavar="NAMES",
            help="families or splits of them, by comma; those of the splits fresh and blind, on hosts of test, are "
            "for measuring alone (default train,valid,test)",
        )
        add_seed(parser, 1)
        add_common(parser, out=False)

    def run(self, args: Namespace) -> Exit:
        """Build what is missing and print how many releases there are."""
        from audit.corpus_commands import render_payloads
        from audit.errors import UsageError
        from audit.progress import ProgressBars
        from jobs.corpus.payloads.building import build_releases
        from jobs.corpus.payloads.donors import read_donors
        from jobs.corpus.payloads.hosts import pair_hosts, read_hosts
        from jobs.corpus.payloads.plan import PayloadCounts, choose_families, plan_releases

        if (args.malicious is None) != (args.malicious_list is None):
            raise UsageError("--malicious and --malicious-list go together", "give both or none")
        try:
            families = choose_families([name.strip() for name in args.families.split(",") if name.strip()])
        except KeyError as error:
            raise UsageError(f"--families: no family or split is named {error}", "see docs/model.md") from error
        if not families:
            raise UsageError("--families names none", "name families or splits, by comma")
        with ProgressBars(quiet=read_settings(args).quiet) as bars:
            pairs = pair_hosts(read_hosts(args.hosts_list, args.hosts, progress=bars))
            donors = read_donors(args.malicious_list, args.malicious, args.seed) if args.malicious else []
            counts = PayloadCounts(args.templates, args.transplants, args.twins)
            planned = plan_releases(pairs, donors, counts, args.seed, families)
            built = build_releases(planned, Path(args.out), progress=bars)
        print_result(args, built, render_payloads)
        return Exit.COMPLETE
