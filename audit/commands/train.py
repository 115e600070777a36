"""`boojum train`: a model from labelled rows."""

import os
from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_common, add_learning, output_folder, read_settings
from audit.commands.output import print_result
from audit.exits import Exit


class TrainCommand:
    """Trains a model and saves it in a folder."""

    name = "train"
    summary = "train a model from labelled rows and changes (default: the shipped ones)"
    epilog = "example: boojum train --into my-model"
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the rows, the changes, the learners and the model's folder."""
        add_learning(parser)
        parser.add_argument(
            "--into", type=output_folder, required=True, metavar="DIR", help="folder for the trained model"
        )
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Train the model and print its card."""
        from audit.model_output import render_card
        from audit.progress import ProgressBars
        from jobs.changes.schema import change_fingerprint
        from model.change.rows import require_learnable_file
        from model.training import train

        if args.changes is not None:
            require_learnable_file(args.changes)
        with ProgressBars(quiet=read_settings(args).quiet) as bars:
            card = train(
                args.rows,
                args.into,
                bars,
                preset=args.preset,
                seed=args.seed,
                threads=os.cpu_count() or 1,
                changes=args.changes,
                change_fingerprint=change_fingerprint(),
            )
        print_result(args, card, render_card)
        return Exit.COMPLETE
