"""Lists the commands, in the order of the help text."""

from audit.commands.audit import AuditCommand
from audit.commands.bench import BenchCommand
from audit.commands.block import BlockCommand
from audit.commands.compare import CompareCommand
from audit.commands.contract import Command, CommandGroup
from audit.commands.corpus.benign import CorpusBenignCommand
from audit.commands.corpus.changes import CorpusChangesCommand
from audit.commands.corpus.known import CorpusKnownCommand
from audit.commands.corpus.labels import CorpusLabelsCommand
from audit.commands.corpus.malicious import CorpusMaliciousCommand
from audit.commands.corpus.names import CorpusNamesCommand
from audit.commands.corpus.payloads import CorpusPayloadsCommand
from audit.commands.corpus.releases import CorpusReleasesCommand
from audit.commands.corpus.rows import CorpusRowsCommand
from audit.commands.corpus.sample import CorpusSampleCommand
from audit.commands.corpus.variants import CorpusVariantsCommand
from audit.commands.corpus.words import CorpusWordsCommand
from audit.commands.demo import DemoCommand
from audit.commands.diff import DiffCommand
from audit.commands.evaluate import EvaluateCommand
from audit.commands.explain import ExplainCommand
from audit.commands.export import ExportCommand
from audit.commands.feed.add import FeedAddCommand
from audit.commands.feed.list import FeedListCommand
from audit.commands.feed.read import FeedReadCommand
from audit.commands.feed.remove import FeedRemoveCommand
from audit.commands.hunt import HuntCommand
from audit.commands.indicators import IndicatorsCommand
from audit.commands.label import LabelCommand
from audit.commands.prune import PruneCommand
from audit.commands.query import QueryCommand
from audit.commands.report import ReportCommand
from audit.commands.scan import ScanCommand
from audit.commands.train import TrainCommand
from audit.commands.waive import WaiveCommand

COMMANDS: tuple[Command | CommandGroup, ...] = (
    DemoCommand(),
    AuditCommand(),
    ScanCommand(),
    DiffCommand(),
    ExplainCommand(),
    QueryCommand(),
    HuntCommand(),
    IndicatorsCommand(),
    ReportCommand(),
    CompareCommand(),
    ExportCommand(),
    WaiveCommand(),
    BlockCommand(),
    LabelCommand(),
    CommandGroup(
        "feed",
        "keep known-bad feeds, and find what an advisory speaks of",
        (FeedAddCommand(), FeedListCommand(), FeedRemoveCommand(), FeedReadCommand()),
    ),
    PruneCommand(),
    TrainCommand(),
    EvaluateCommand(),
    CommandGroup(
        "corpus",
        "build labelled corpora and training rows",
        (
            CorpusSampleCommand(),
            CorpusBenignCommand(),
            CorpusMaliciousCommand(),
            CorpusRowsCommand(),
            CorpusLabelsCommand(),
            CorpusVariantsCommand(),
            CorpusReleasesCommand(),
            CorpusPayloadsCommand(),
            CorpusChangesCommand(),
            CorpusKnownCommand(),
            CorpusNamesCommand(),
            CorpusWordsCommand(),
        ),
    ),
    BenchCommand(),
)
