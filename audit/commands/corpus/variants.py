"""`boojum corpus variants`: rows of artifacts that are changed in memory."""

from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_cluster, add_common, add_seed, read_settings
from audit.commands.corpus.arguments import add_trees, labelled_trees
from audit.commands.output import print_result
from audit.exits import Exit


class CorpusVariantsCommand:
    """Obfuscates, injects and imitates artifacts of the corpus trees; only their feature rows are written."""

    name = "variants"
    summary = "make rows of obfuscated, injected and imitating variants of corpus trees, in memory"
    epilog = "Writes training.parquet, evaluation.parquet and variants.csv into --out."
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the trees and the seed."""
        add_trees(parser)
        add_seed(parser, 1)
        add_cluster(parser)
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Make the variants and print how many of each set there are."""
        from audit.cluster_settings import cluster_settings
        from audit.config import out_folder
        from audit.corpus_commands import render_variants
        from audit.progress import ProgressBars
        from jobs.corpus.variants.building import build_variants

        settings = read_settings(args)
        out = out_folder(settings)
        with ProgressBars(quiet=settings.quiet) as bars:
            built = build_variants(
                labelled_trees(args),
                out,
                seed=args.seed,
                leave_out=args.noise,
                limits=settings.limits,
                settings=cluster_settings(settings, out),
                progress=bars,
            )
        print_result(args, built, render_variants)
        return Exit.COMPLETE
