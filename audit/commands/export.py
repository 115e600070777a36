"""`boojum export`: a finished run's blocklist in the form that a proxy or a mirror takes."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from audit.commands.arguments import add_common, add_run, add_waivers, output_folder, read_settings
from audit.commands.output import print_result, print_text
from audit.exits import Exit


class ExportCommand:
    """Writes the blocklist of a finished run for a target."""

    name = "export"
    summary = "write a finished run's blocklist for a proxy or a mirror"
    epilog = "example: boojum export latest --to bandersnatch --into /etc/bandersnatch.d --waivers waivers.toml"
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the run, the target and the folder."""
        from audit.blocklists.targets.contract import Action, Scope
        from audit.blocklists.targets.registry import BLOCKLISTS

        add_run(parser)
        parser.add_argument("--list", action="store_true", help="print the table of targets and what each can do")
        parser.add_argument(
            "--to",
            choices=[target.name for target in BLOCKLISTS],
            default="json",
            metavar="TARGET",
            help=f"target that the list is for: {', '.join(target.name for target in BLOCKLISTS)} (default json)",
        )
        parser.add_argument(
            "--action",
            choices=[action.value for action in Action],
            default="",
            help="refuse a file (deny) or take it off its page (hide), where the target has both",
        )
        parser.add_argument(
            "--widen",
            choices=[scope.value for scope in Scope],
            default=Scope.FILE.value,
            help="widest scope to block where the target cannot block a file (default file; docs/blocklists.md)",
        )
        parser.add_argument(
            "--into",
            type=output_folder,
            default=Path(),
            metavar="DIR",
            help="folder for the files (default: the current one)",
        )
        add_waivers(parser)
        parser.add_argument("--yes", action="store_true", help="block also the files that the run withheld")
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Write the files and print what they hold."""
        from audit.blocklists.targets.registry import render_targets
        from audit.config import out_folder
        from audit.export import export_run
        from jobs.store.lock import reading

        if args.list:
            print_text(render_targets())
            return Exit.COMPLETE
        settings = read_settings(args)
        with reading(out_folder(settings)):
            exported = export_run(
                settings, args.name, args.to, args.into, yes=args.yes, action=args.action, widen=args.widen
            )
        print_result(args, exported, lambda result: result.render())
        return Exit.COMPLETE
