"""Lists the measures of the syntax pass other than calls and findings, such as the structure of code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """A count of one file; `meaning` completes "It was ranked here because of ...".

    The counts of files are summed; if `largest`, their maximum is used instead.
    """

    id: str
    meaning: str
    largest: bool = False


MEASURES: tuple[Measure, ...] = (
    Measure("nodes", "the size of its syntax trees, in nodes"),
    Measure("functions", "functions"),
    Measure("classes", "classes"),
    Measure("docstrings", "docstrings"),
    Measure("lambdas", "lambdas"),
    Measure("calls", "calls"),
    Measure("module_calls", "calls that run as soon as the file does"),
    Measure("silent_tries", "`try` statements that ignore every error"),
    Measure("bare_excepts", "handlers that catch everything"),
    Measure("reversals", "reversed sequences"),
    Measure("xors", "bitwise exclusive-ors"),
    Measure("builds", "expressions that build text from pieces"),
    Measure("chr_calls", "characters made from numbers"),
    Measure("joins", "joined sequences of text"),
    Measure("number_lists", "long lists of small numbers"),
    Measure("folded_strings", "texts that constants are put together to form"),
    Measure("literal_chars", "the length of its longest literal", largest=True),
    Measure("long_literals", "literals of over 500 characters"),
    Measure("hidden_names", "functions or modules fetched by computed names"),
    Measure("aliased_builtins", "other names for exec, eval or the importer"),
    Measure("short_names", "names of one or two letters"),
    Measure("guarded_calls", "processes or network use under a condition on system, user or date"),
    Measure("silent_calls", "processes or network use whose errors are ignored"),
    Measure("decode_layers", "the depth of its nested decoding calls", largest=True),
    Measure("unpacked_layers", "the number of encodings around its hidden code", largest=True),
    Measure("unpacked_bytes", "code hidden inside encoded constants, in bytes"),
    Measure("statement_chains", "lines of several statements"),
    Measure("offscreen_lines", "lines with code far to the right, behind white space"),
    Measure("longest_line", "its longest line, in characters", largest=True),
    Measure("python2", "files that only parse as Python 2"),
    Measure("unparsed", "files that are not valid Python and were analysed by their text"),
    Measure("too_deep", "files that nest so deep that they were analysed by their text"),
)
"""All measures, in the order of the columns."""

MAXIMUM_MEASURES: frozenset[str] = frozenset(measure.id for measure in MEASURES if measure.largest)
