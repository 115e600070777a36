"""`boojum feed read`: which artifacts of the mirror an advisory speaks of."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from audit.commands.arguments import add_common, read_out_folder
from audit.commands.output import print_result
from audit.errors import UsageError
from audit.exits import Exit


class FeedReadCommand:
    """Reads an advisory or a list of indicators and looks for what it names."""

    name = "read"
    summary = "say which artifacts of the last run an advisory or a list of indicators speaks of"
    epilog = (
        'example: boojum feed read "`litellm` 1.82.7 and 1.82.8 post to models[.]example"\n'
        "Takes names in context, versions in words, digests, hosts and addresses, also defanged; keeps nothing."
    )
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the text."""
        parser.add_argument("text", metavar="TEXT", help="the text itself, a file with it, or - for stdin")
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Print what was understood and which artifacts it speaks of."""
        from audit.feeds.advisory_answer import read_advisory, render_answer

        print_result(args, read_advisory(read_out_folder(args), _text(args.text)), render_answer)
        return Exit.COMPLETE


def _text(given: str) -> str:
    """Return the text that is meant: of stdin, of a file, or the argument itself."""
    from audit.feeds.advisory import TEXT_BYTES

    if given == "-":
        content = sys.stdin.buffer.read(TEXT_BYTES + 1)
    else:
        try:
            is_file = Path(given).is_file()
        except (OSError, ValueError):
            is_file = False
        if not is_file:
            content = given.encode("utf-8", "replace")
        else:
            try:
                with Path(given).open("rb") as file:
                    content = file.read(TEXT_BYTES + 1)
            except OSError as error:
                raise UsageError(f"{given} cannot be read ({error.strerror})", "name a readable file") from error
    if len(content) > TEXT_BYTES:
        raise UsageError(f"the text has more than {TEXT_BYTES >> 20} MiB", "add a long list with `boojum feed add`")
    return content.decode("utf-8", "replace")
