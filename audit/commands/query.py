"""`boojum query`: SQL over the store."""

from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_common, read_out_folder
from audit.exits import Exit


class QueryCommand:
    """Runs one SQL statement over the last finished run and the store."""

    name = "query"
    summary = "query the store in SQL (views: artifacts, features, scores, findings, campaigns, requires)"
    epilog = 'example: boojum query "SELECT project, max(score) FROM findings GROUP BY 1 ORDER BY 2 DESC LIMIT 10"'
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the statement and its format."""
        from audit.query_output import QUERY_FORMATS

        parser.add_argument("statement", metavar="SQL", help="one statement of DuckDB's SQL")
        add_common(parser, formats=tuple(QUERY_FORMATS), default_format="table")

    def run(self, args: Namespace) -> Exit:
        """Run the statement and print its rows."""
        from audit.query import run_query
        from audit.query_output import QUERY_FORMATS

        render = QUERY_FORMATS[args.format]
        print(render(run_query(read_out_folder(args), args.statement)))
        return Exit.COMPLETE
