"""The command line: the only place that parses arguments, prints or ends the process.

Modules with a cost are imported by the command that needs them, so that `boojum --help` answers at once.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from audit.exits import MEANINGS, Exit

EPILOG = "exit status:\n" + "\n".join(f"  {status.value:<4}{text}" for status, text in MEANINGS.items())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; every error is one line on stderr with what to do."""
    parser = build_parser()
    args = parser.parse_args(argv)
    try:
        with _ending_in_order():
            status: Exit = args.run(args)
            sys.stdout.flush()
    except KeyboardInterrupt:
        _say("interrupted; the next run resumes" if getattr(args, "resumes", False) else "interrupted")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`boojum query ... | head`): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.COMPLETE
    except Exception as error:  # noqa: BLE001  the one place where an error becomes a line and a status
        return _failed(error, args)
    return status


@contextlib.contextmanager
def _ending_in_order() -> Iterator[None]:
    """Take a SIGTERM, which is how a service or a timer is stopped, for Ctrl-C: workers end, and a word is said."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _failed(error: Exception, args: argparse.Namespace) -> Exit:
    from audit.faults import status_of, write_traceback

    status, sentence, hint = status_of(error)
    if status is Exit.FAULT:
        log = write_traceback(error, Path(getattr(args, "out", None) or "."))
        _say(f"internal error: {sentence}; please report it with {log}")
    else:
        _say(f"{sentence}; {hint}" if hint else sentence)
    return status


def _say(sentence: str) -> None:
    print(f"boojum: {sentence}", file=sys.stderr)


class _Command(argparse.ArgumentParser):
    """The parser of one command, which gets its arguments when it is asked: a call asks one of a dozen."""

    def __init__(self, *, arguments: Callable[[argparse.ArgumentParser], None] | None = None, **about: Any) -> None:
        super().__init__(**about)
        self._arguments = arguments

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse what stands behind the command's name."""
        if self._arguments is not None:
            arguments, self._arguments = self._arguments, None
            arguments(self)
        return super().parse_known_args(args, namespace)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="boojum",
        description="Audits a local mirror of a Python package index, offline: nothing of a package is run.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print boojum's version and end")
    parser.set_defaults(run=_no_command)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Command)
    _demo(commands)
    _audit(commands)
    _scan(commands)
    _query(commands)
    _report(commands)
    _export(commands)
    _train(commands)
    _evaluate(commands)
    _corpus(commands)
    _bench(commands)
    return parser


def _common(parser: argparse.ArgumentParser, *, out: bool = True) -> None:
    group = parser.add_argument_group("common")
    if out:
        group.add_argument("--out", metavar="DIR", help="folder of the store and the runs (default ./boojum-out)")
    group.add_argument("--config", metavar="FILE", type=Path, help="boojum.toml (default ./boojum.toml if there)")
    group.add_argument("--quiet", action="store_true", default=None, help="no progress on stderr")
    group.add_argument("--json", action="store_true", help="print JSON instead of text")


def _failing(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("exit status")
    group.add_argument(
        "--fail-on",
        choices=("malicious", "suspicious", "review", "never"),
        help="least verdict that makes exit status 1 (default suspicious)",
    )
    group.add_argument(
        "--fail-on-unread",
        choices=("never", "unreadable", "stopped", "partial"),
        help="what was not read, and makes exit status 3: unreadable files; also those whose reading a limit of the "
        "whole artifact or damage stopped (the default); also those of which one file was read in part",
    )


def _cluster(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("workers")
    group.add_argument("--workers", type=int, metavar="N", help="worker processes (default one per processor)")
    group.add_argument("--memory", metavar="SIZE", help="memory per worker (default 2GiB)")
    group.add_argument("--scheduler", metavar="ADDRESS", help="use a running Dask scheduler, like tcp://host:8786")
    group.add_argument("--scheduler-file", metavar="FILE", help="read that address from a file")


def _command(
    commands: Any,
    name: str,
    run: Callable[[argparse.Namespace], Exit],
    summary: str,
    example: str = "",
    *,
    arguments: Callable[[argparse.ArgumentParser], None] | None = None,
    resumes: bool = False,
) -> argparse.ArgumentParser:
    """Add a command and what adds its arguments; `resumes` where a second call goes on with what is done already."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        arguments=arguments,
    )
    parser.set_defaults(run=run, resumes=resumes)
    return parser


def _settings(args: argparse.Namespace) -> Any:
    from audit.config import load_settings, parse_size

    flags = {name: value for name, value in vars(args).items() if name not in {"config", "run", "resumes", "json"}}
    if flags.get("memory") is not None:
        flags["memory"] = parse_size(flags["memory"])
    return load_settings(getattr(args, "config", None), flags)


def _out(args: argparse.Namespace) -> Path:
    from audit.config import out_folder

    return out_folder(_settings(args))


def _no_command(args: argparse.Namespace) -> Exit:
    if not args.version:
        build_parser().print_help()
        return Exit.MISUSE
    from importlib.metadata import version

    print(f"boojum {version('boojum')}")
    return Exit.COMPLETE


def _audit(commands: Any) -> None:
    _command(
        commands,
        "audit",
        _run_audit,
        "walk a mirror, read what is new, score it, write report and blocklist",
        "example: boojum audit /srv/pypi --out /var/lib/boojum",
        resumes=True,
        arguments=_audit_arguments,
    )


def _audit_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "mirror",
        metavar="MIRROR",
        nargs="?",
        help="the mirror's directory, its bandersnatch.conf, or a folder of files",
    )
    parser.add_argument("--model", metavar="DIR", help="a trained model (default: the shipped one)")
    _failing(parser)
    parser.add_argument("--waivers", metavar="FILE", help="TOML file of waivers")
    parser.add_argument("--yes", action="store_true", help="write the blocklist however much it blocks")
    _cluster(parser)
    _common(parser)


def _run_audit(args: argparse.Namespace) -> Exit:
    from audit.config import ConfigError
    from audit.nightly import audit_mirror
    from audit.progress import Bars
    from audit.summary import night_facts, render_json, render_night

    settings = _settings(args)
    if not settings.mirror:
        raise ConfigError(
            "command line", "no mirror is named", "say `boojum audit MIRROR`, or set `mirror` in boojum.toml"
        )
    with Bars(quiet=settings.quiet) as bars:
        night = audit_mirror(settings, bars, yes=args.yes)
    print(render_json(night_facts(night)) if args.json else render_night(night))
    return night.outcome.status


def _demo(commands: Any) -> None:
    _command(
        commands,
        "demo",
        _run_demo,
        "make a small mirror on the spot and audit it: see a report",
        resumes=True,
        arguments=_demo_arguments,
    )


def _demo_arguments(parser: argparse.ArgumentParser) -> None:
    _cluster(parser)
    _common(parser)


def _run_demo(args: argparse.Namespace) -> Exit:
    from audit.demo import audit_demo
    from audit.progress import Bars
    from audit.summary import night_facts, render_json, render_night

    settings = _settings(args)
    with Bars(quiet=settings.quiet) as bars:
        night = audit_demo(settings, bars)
    print(render_json(night_facts(night)) if args.json else render_night(night))
    return Exit.INCOMPLETE if night.document.failed else Exit.COMPLETE


def _scan(commands: Any) -> None:
    _command(
        commands,
        "scan",
        _run_scan,
        "judge one or more artifacts on the spot",
        "example: boojum scan dist/*.whl",
        arguments=_scan_arguments,
    )


def _scan_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="distribution files")
    parser.add_argument("--model", metavar="DIR", help="a trained model (default: the shipped one)")
    _failing(parser)
    _common(parser)


def _run_scan(args: argparse.Namespace) -> Exit:
    from features.runtime.gc_control import gc_paused

    # What is imported stays, and to go through it for garbage is a tenth of a scan's start.
    with gc_paused():
        from audit.contract import Outcome
        from audit.findings import alarm_severity, severity
        from audit.progress import Bars
        from audit.scan import require_files, scan_files
        from audit.summary import render_json, render_scanned
        from audit.unread import count_unread, words_of
        from model.saved import load_model

    settings = _settings(args)
    require_files(args.files)
    model = load_model(Path(settings.model) if settings.model else None)
    least = alarm_severity(settings.fail_on)
    with Bars(quiet=settings.quiet) as bars:
        scanned = list(scan_files(args.files, model, settings.limits, bars))
    print(render_json(scanned) if args.json else "\n".join(render_scanned(item) for item in scanned))
    unread = count_unread((item.extent for item in scanned), settings.fail_on_unread)
    if unread:
        _say(f"incomplete: {words_of(unread, settings.fail_on_unread)}")
    return Outcome(sum(severity(item.verdict) >= least for item in scanned), unread=sum(unread.values())).status


def _query(commands: Any) -> None:
    _command(
        commands,
        "query",
        _run_query,
        "ask the store a question in SQL (views: artifacts, features, scores, findings)",
        'example: boojum query "SELECT project, max(score) FROM findings GROUP BY 1 ORDER BY 2 DESC LIMIT 10"',
        arguments=_query_arguments,
    )


def _query_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("statement", metavar="SQL", help="one statement of DuckDB's SQL")
    parser.add_argument("--format", choices=("table", "csv", "json", "markdown"), default="table", dest="style")
    _common(parser)


def _run_query(args: argparse.Namespace) -> Exit:
    from audit.query import ask
    from audit.summary import render_answer

    print(render_answer(ask(_out(args), args.statement), "json" if args.json else args.style))
    return Exit.COMPLETE


def _report(commands: Any) -> None:
    _command(
        commands, "report", _run_report, "write the report of a finished run in a format", arguments=_report_arguments
    )


def _report_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="RUN", nargs="?", default="latest", help="id of a run (default latest)")
    parser.add_argument("--format", default="markdown", dest="style", help="html, json, csv or markdown (the default)")
    parser.add_argument("--to", type=Path, metavar="FILE", help="write there instead of stdout")
    _common(parser)


def _run_report(args: argparse.Namespace) -> Exit:
    from audit.reports.registry import report_format
    from audit.runs import find_run, read_run
    from features.runtime.atomic_write import write_atomically

    report = report_format("json" if args.json else args.style)
    text = report.render(read_run(find_run(_out(args), args.name)))
    if args.to is None:
        sys.stdout.write(text)
    else:
        write_atomically(args.to, text.encode(), durable=True)
    return Exit.COMPLETE


def _export(commands: Any) -> None:
    _command(
        commands,
        "export",
        _run_export,
        "write a finished run's blocklist for a proxy or a mirror",
        arguments=_export_arguments,
    )


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="RUN", nargs="?", default="latest", help="id of a run (default latest)")
    parser.add_argument("--to", default="json", help="json (the default) or bandersnatch")
    parser.add_argument("--into", type=Path, default=Path(), metavar="DIR", help="folder for the files (default here)")
    parser.add_argument("--waivers", metavar="FILE", help="TOML file of waivers")
    parser.add_argument("--yes", action="store_true", help="write the list however much it blocks")
    _common(parser)


def _run_export(args: argparse.Namespace) -> Exit:
    from audit.exporting import export_run
    from audit.summary import render_json

    exported = export_run(_settings(args), args.name, args.to, args.into, yes=args.yes)
    print(render_json(exported) if args.json else exported.render())
    return Exit.COMPLETE


def _train(commands: Any) -> None:
    _command(
        commands,
        "train",
        _run_train,
        "train a model from labelled rows (default: the shipped ones)",
        arguments=_train_arguments,
    )


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=Path, metavar="FILE", help="labelled feature rows (default: the shipped ones)")
    parser.add_argument("--into", type=Path, required=True, metavar="DIR", help="folder for the trained model")
    parser.add_argument("--preset", default="boojum", help="learners: boojum (the default), boojum_forest, samaana2024")
    parser.add_argument("--seed", type=int, default=0)
    _common(parser)


def _run_train(args: argparse.Namespace) -> Exit:
    from audit.model_commands import render_card
    from audit.progress import Bars
    from audit.summary import render_json
    from model.training import train

    settings = _settings(args)
    with Bars(quiet=settings.quiet) as bars:
        card = train(args.rows, args.into, bars, preset=args.preset, seed=args.seed, threads=os.cpu_count() or 1)
    print(render_json(card) if args.json else render_card(card))
    return Exit.COMPLETE


def _evaluate(commands: Any) -> None:
    _command(
        commands,
        "evaluate",
        _run_evaluate,
        "measure the model honestly: by campaign and by time, in one page with curves",
        "writes evaluation.html and evaluation.json; interrupted, it goes on with the next section",
        resumes=True,
        arguments=_evaluate_arguments,
    )


def _evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=Path, metavar="FILE", help="labelled feature rows (default: the shipped ones)")
    parser.add_argument("--into", type=Path, default=Path("evaluation"), metavar="DIR", help="folder for the results")
    parser.add_argument("--preset", default="boojum", help="learners: boojum (the default), boojum_forest, samaana2024")
    parser.add_argument("--sections", metavar="LIST", help="comma-separated; default all that are not there yet")
    parser.add_argument("--sets", type=Path, metavar="FILE", help="rows of blind spots (default: the shipped ones)")
    parser.add_argument(
        "--malicious", type=Path, metavar="DIR", help="tree that `corpus malicious` built: adds localisation"
    )
    parser.add_argument("--places", type=Path, metavar="FILE", help="where payloads stand (default: the shipped list)")
    parser.add_argument("--seed", type=int, default=0)
    _common(parser)


def _run_evaluate(args: argparse.Namespace) -> Exit:
    from audit.evaluating.record import read_evaluation, write_evaluation
    from audit.model_commands import render_evaluation
    from audit.progress import Bars
    from audit.summary import render_json
    from model.evaluation.evaluate import evaluate

    settings = _settings(args)
    sections = tuple(args.sections.split(",")) if args.sections else None
    with Bars(quiet=settings.quiet) as bars:
        evaluation = evaluate(
            args.rows,
            bars,
            sections=sections,
            preset=args.preset,
            seed=args.seed,
            threads=os.cpu_count() or 1,
            sets=args.sets,
            before=read_evaluation(args.into),
            keep=lambda sofar: write_evaluation(sofar, args.into),
        )
        if args.malicious is not None:
            from audit.evaluating.localising import with_localisation
            from model.saved import PAYLOAD_PLACES

            evaluation = with_localisation(evaluation, args.malicious, args.places or PAYLOAD_PLACES, bars)
    written = write_evaluation(evaluation, args.into)
    print(render_json(evaluation) if args.json else render_evaluation(evaluation, written))
    return Exit.COMPLETE


def _corpus(commands: Any) -> None:
    commands.add_parser("corpus", help="build labelled corpora and training rows", arguments=_corpus_arguments)


def _corpus_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(title="corpora", metavar="CORPUS", required=True, parser_class=_Command)

    benign = _command(
        kinds,
        "benign",
        _run_corpus_benign,
        "take benign artifacts from a package index, by a list; or draw such a list",
        "with --sample the list is drawn and written to --list; with --out the listed artifacts are fetched",
        resumes=True,
    )
    benign.add_argument(
        "--list", type=Path, required=True, metavar="FILE", help="CSV: project, version, filename, sha256"
    )
    benign.add_argument("--index-url", metavar="URL", help="simple index (default: the one pip is configured with)")
    benign.add_argument("--sample", type=int, metavar="N", help="draw a list of N artifacts in strata first")
    benign.add_argument("--strata", metavar="LIST", help="name=weight,... (default: all, as in the shipped list)")
    benign.add_argument("--like", type=Path, metavar="FILE", help="malicious list that the long tail is matched to")
    benign.add_argument(
        "--exclude", type=Path, action="append", default=[], metavar="FILE", help="list of projects to leave out"
    )
    benign.add_argument(
        "--cache", type=Path, default=Path("crawl"), metavar="DIR", help="what the index said (default ./crawl)"
    )
    benign.add_argument(
        "--popular-names", type=Path, metavar="FILE", help="also write the most depended-on names there"
    )
    benign.add_argument("--seed", type=int, default=1)

    malicious = _command(
        kinds,
        "malicious",
        _run_corpus_malicious,
        "take listed blobs out of a clone of a registry of malware",
        resumes=True,
    )
    malicious.add_argument("--git", type=Path, required=True, metavar="DIR", help="the clone's git directory")
    malicious.add_argument("--list", type=Path, required=True, metavar="FILE", help="CSV: path, sha256, project, ...")

    rows = _command(
        kinds, "rows", _run_corpus_rows, "turn corpus trees into labelled rows for `boojum train`", resumes=True
    )
    _trees(rows)
    rows.add_argument("--into", type=Path, required=True, metavar="FILE", help="Parquet file for the rows")
    rows.add_argument(
        "--reviewed", type=Path, metavar="FILE", help="CSV of benign artifacts read by eye (default: the shipped list)"
    )
    rows.add_argument("--cap", type=int, default=40, metavar="N", help="artifacts kept of one campaign (default 40)")
    _cluster(rows)

    known = _command(
        kinds,
        "known",
        _run_corpus_known,
        "build an index of known code: of a list of releases, or of your own projects on a mirror",
        "example: boojum corpus known --mirror /srv/pypi --projects ours.txt --out /etc/boojum/ours.parquet\n"
        'then `known_code = "/etc/boojum/ours.parquet"` in boojum.toml: reports say how much of a finding it holds',
        resumes=True,
    )
    known.add_argument("--list", type=Path, metavar="FILE", help="CSV of releases, as `corpus benign` takes it")
    known.add_argument("--tree", type=Path, metavar="DIR", help="tree that `corpus benign` built from that list")
    known.add_argument("--mirror", type=Path, metavar="MIRROR", help="take the newest releases from a mirror instead")
    known.add_argument("--projects", type=Path, metavar="FILE", help="names, one a line (default: the popular ones)")
    known.add_argument("--top", type=int, metavar="N", help="only the first N of those names")
    known.add_argument("--out", type=Path, required=True, metavar="FILE", help="Parquet file for the index")
    known.add_argument("--workers", type=int, default=1, metavar="N", help="processes that read (default 1)")
    known.add_argument("--identities", type=Path, metavar="FILE", help="also write what the projects are known by")
    known.add_argument("--quiet", action="store_true", default=None, help="no progress on stderr")
    known.add_argument("--json", action="store_true", help="print JSON instead of text")

    names = _command(
        kinds,
        "names",
        _run_corpus_names,
        "list the names that the most projects on your mirror depend on",
        "The model is fitted on the shipped list: yours tells what matters on this mirror, and no score changes by it.",
    )
    names.add_argument("--store", type=Path, metavar="OUT", help="folder of the store and the runs (default --out)")
    names.add_argument(
        "--list", type=Path, required=True, metavar="FILE", help="file to write: CSV of name, dependents"
    )
    names.add_argument("--ship", action="store_true", help="names only, one a line, as the shipped list has them")
    names.add_argument("--top", type=int, default=5_000, metavar="N", help="how many names (default 5000)")

    variants = _command(
        kinds,
        "variants",
        _run_corpus_variants,
        "make obfuscated, injected and imitating variants of corpus trees, in memory, into labelled rows",
        "writes training.parquet, evaluation.parquet and variants.csv into --out; a second call resumes",
        resumes=True,
    )
    _trees(variants)
    variants.add_argument("--seed", type=int, default=1)
    _cluster(variants)
    for one in (benign, malicious, rows, names, variants):
        _common(one)


def _trees(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--benign", type=Path, required=True, metavar="DIR", help="tree that `corpus benign` built")
    parser.add_argument("--benign-list", type=Path, required=True, metavar="FILE", help="the list it was built from")
    parser.add_argument(
        "--malicious", type=Path, required=True, metavar="DIR", help="tree that `corpus malicious` built"
    )
    parser.add_argument("--malicious-list", type=Path, required=True, metavar="FILE", help="the list it was built from")
    parser.add_argument("--noise", type=Path, metavar="FILE", help="CSV of sha256 whose label is wrong: left out")


def _labelled_trees(args: argparse.Namespace) -> Any:
    from jobs.corpus.rows import LabelledTree

    return (
        LabelledTree(args.malicious, args.malicious_list, 1),
        LabelledTree(args.benign, args.benign_list, 0),
    )


def _run_corpus_benign(args: argparse.Namespace) -> Exit:
    from audit.model_commands import parse_strata, render_build, render_sample
    from audit.progress import Bars
    from audit.summary import render_json
    from jobs.corpus.benign import build_benign
    from jobs.corpus.index import IndexClient
    from jobs.corpus.listing import read_list
    from jobs.corpus.sample import sample_benign

    client = IndexClient(args.index_url) if args.index_url else IndexClient()
    with Bars(quiet=bool(args.quiet)) as bars:
        if args.sample is not None:
            strata = parse_strata(args.strata, args.sample)
            report = sample_benign(
                args.list,
                client=client,
                cache=args.cache,
                like=_required(args.like, "--like", "--sample"),
                exclude=args.exclude,
                strata=strata,
                seed=args.seed,
                popular_out=args.popular_names,
                progress=bars,
            )
            print(render_json(report) if args.json else render_sample(report, args.list))
        if args.out is None:
            return Exit.COMPLETE
        built = build_benign(read_list(args.list), Path(args.out), client=client, progress=bars)
    print(render_json(built) if args.json else render_build(built))
    return Exit.INCOMPLETE if built.missing else Exit.COMPLETE


def _run_corpus_malicious(args: argparse.Namespace) -> Exit:
    from audit.model_commands import render_build
    from audit.progress import Bars
    from audit.summary import render_json
    from jobs.corpus.malicious import build_malicious, read_blob_list

    out = _required(args.out, "--out", "corpus malicious")
    with Bars(quiet=bool(args.quiet)) as bars:
        built = build_malicious(args.git, read_blob_list(args.list), Path(out), progress=bars)
    print(render_json(built) if args.json else render_build(built))
    return Exit.INCOMPLETE if built.missing else Exit.COMPLETE


def _run_corpus_known(args: argparse.Namespace) -> Exit:
    from audit.config import ConfigError
    from audit.model_commands import read_names, render_known
    from audit.progress import Bars
    from audit.summary import render_json
    from jobs.corpus.identities import build_identities
    from jobs.corpus.known import build_index, listed_in, on_mirror
    from jobs.corpus.listing import read_list
    from jobs.mirror.reading import open_mirror

    if (args.mirror is None) == (args.list is None):
        raise ConfigError(
            "command line", "corpus known reads a list or a mirror", "give --list and --tree, or --mirror"
        )
    with Bars(quiet=bool(args.quiet)) as bars:
        if args.mirror is None:
            listed, tree = read_list(args.list), _required(args.tree, "--tree", "--list")
            published = listed_in(listed, tree)
            if args.identities is not None:
                build_identities(listed, tree, args.identities, progress=bars)
        else:
            mirror = open_mirror(args.mirror.absolute())
            published = on_mirror(mirror, read_names(args.projects, args.top), progress=bars)
        cache = args.out.with_name(f"{args.out.name}.read.jsonl")
        built = build_index(
            published, args.out, cache=cache, as_stored=args.mirror is not None, processes=args.workers, progress=bars
        )
    print(render_json(built) if args.json else render_known(built, args.out))
    return Exit.COMPLETE


def _run_corpus_names(args: argparse.Namespace) -> Exit:
    from audit.model_commands import write_ranked_names
    from audit.summary import render_json

    ranked = write_ranked_names(args.store or _out(args), args.list, args.top, plain=args.ship)
    print(render_json({"names": ranked, "file": args.list.name}) if args.json else f"{ranked:,} names in {args.list}")
    return Exit.COMPLETE


def _required(value: Any, flag: str, what: str) -> Any:
    if value is None:
        from audit.config import ConfigError

        raise ConfigError("command line", f"{what} needs {flag}", f"add {flag}; `boojum --help` lists the commands")
    return value


def _run_corpus_rows(args: argparse.Namespace) -> Exit:
    from audit.config import out_folder
    from audit.model_commands import cluster_settings, render_rows
    from audit.progress import Bars
    from audit.summary import render_json
    from jobs.corpus.rows import build_rows
    from model.saved import REVIEWED

    settings = _settings(args)
    out = out_folder(settings)
    with Bars(quiet=settings.quiet) as bars:
        built = build_rows(
            _labelled_trees(args),
            out,
            args.into,
            cap=args.cap,
            leave_out=args.noise,
            reviewed=args.reviewed or REVIEWED,
            limits=settings.limits,
            settings=cluster_settings(settings, out),
            progress=bars,
        )
    print(render_json(built) if args.json else render_rows(built))
    return Exit.INCOMPLETE if built.missing else Exit.COMPLETE


def _run_corpus_variants(args: argparse.Namespace) -> Exit:
    from audit.config import out_folder
    from audit.model_commands import cluster_settings, render_variants
    from audit.progress import Bars
    from audit.summary import render_json
    from jobs.corpus.variants.building import build_variants

    settings = _settings(args)
    out = out_folder(settings)
    with Bars(quiet=settings.quiet) as bars:
        built = build_variants(
            _labelled_trees(args),
            out,
            seed=args.seed,
            leave_out=args.noise,
            limits=settings.limits,
            settings=cluster_settings(settings, out),
            progress=bars,
        )
    print(render_json(built) if args.json else render_variants(built))
    return Exit.COMPLETE


def _bench(commands: Any) -> None:
    _command(
        commands,
        "bench",
        _run_bench,
        "measure throughput and memory of an audit, as ratios to inflating the same bytes",
        "needs room for a copy of the sample in the temporary folder (TMPDIR), and leaves nothing there",
        arguments=_bench_arguments,
    )


def _bench_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mirror", metavar="MIRROR", nargs="?", help="as for `boojum audit`; it is only read")
    parser.add_argument(
        "--sample", type=int, default=300, metavar="N", help="artifacts, in runs of neighbours (0: all)"
    )
    parser.add_argument(
        "--repeat", type=int, default=2, metavar="R", help="how often floor and extraction are measured"
    )
    parser.add_argument(
        "--workers", dest="counts", default="1,2", metavar="LIST", help="audits with so many (default 1,2)"
    )
    parser.add_argument("--model", metavar="DIR", help="a trained model (default: the shipped one)")
    _common(parser, out=False)


def _run_bench(args: argparse.Namespace) -> Exit:
    from audit.benching import bench_mirror, parse_workers, render_benchmark
    from audit.progress import Bars
    from audit.summary import render_json

    settings = _settings(args)
    _required(settings.mirror or None, "MIRROR", "bench")
    with Bars(quiet=settings.quiet) as bars:
        bench = bench_mirror(settings, args.sample, args.repeat, parse_workers(args.counts), bars)
    print(render_json(bench) if args.json else render_benchmark(bench))
    return Exit.COMPLETE
