"""`boojum evaluate`: the model's error rates, by campaign and by time."""

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from audit.commands.arguments import add_common, add_learning, output_folder, read_settings
from audit.commands.output import print_result
from audit.errors import UsageError
from audit.exits import Exit


class EvaluateCommand:
    """Measures a preset on campaigns and months that training never saw."""

    name = "evaluate"
    summary = "measure how well the model finds malware that training never saw, by campaign and by time"
    epilog = "Writes evaluation.html and evaluation.json; after an interruption it continues with the next section."
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the rows, the sections and the folder of results."""
        from model.evaluation.sections import SECTIONS

        add_learning(parser)
        parser.add_argument(
            "--into",
            type=output_folder,
            default=Path("evaluation"),
            metavar="DIR",
            help="folder for the results (default ./evaluation)",
        )
        parser.add_argument(
            "--sections",
            type=_parse_sections,
            metavar="LIST",
            help="sections to measure, like time,sets (default: all that are missing); known are "
            + ", ".join(section.name for section in SECTIONS),
        )
        parser.add_argument("--sets", type=Path, metavar="FILE", help="rows of blind spots (default: the shipped rows)")
        parser.add_argument(
            "--release-rows",
            type=Path,
            metavar="FILE",
            help="rows of the releases of the changes' test side (default: the shipped rows)",
        )
        parser.add_argument(
            "--malicious",
            type=Path,
            metavar="DIR",
            help="tree that `corpus malicious` built: also measures localisation",
        )
        parser.add_argument(
            "--places", type=Path, metavar="FILE", help="CSV of payload locations (default: the shipped list)"
        )
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Measure the missing sections, write the page after each, and print a table."""
        from audit.evaluating.record import read_evaluation, write_evaluation
        from audit.model_output import render_evaluation
        from audit.progress import ProgressBars
        from model.evaluation.evaluate import evaluate

        with ProgressBars(quiet=read_settings(args).quiet) as bars:
            evaluation = evaluate(
                args.rows,
                bars,
                sections=args.sections,
                preset=args.preset,
                seed=args.seed,
                threads=os.cpu_count() or 1,
                sets=args.sets,
                changes=args.changes,
                releases=args.release_rows,
                previous=read_evaluation(args.into),
                checkpoint=lambda partial: write_evaluation(partial, args.into),
            )
            if args.malicious is not None:
                from audit.evaluating.localising import with_localisation
                from model.saved import PAYLOAD_PLACES

                evaluation = with_localisation(evaluation, args.malicious, args.places or PAYLOAD_PLACES, bars)
        written = write_evaluation(evaluation, args.into)
        print_result(args, evaluation, lambda result: render_evaluation(result, written))
        return Exit.COMPLETE


def _parse_sections(text: str) -> tuple[str, ...]:
    """Return the names of "time,sets"; raises UsageError for a section that is not registered."""
    from model.evaluation.sections import SECTIONS

    names, known = tuple(text.split(",")), [section.name for section in SECTIONS]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"--sections names no section {unknown[0]!r}", f"choose from {', '.join(known)}")
    return names
