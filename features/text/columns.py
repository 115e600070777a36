"""Lists the columns over the lexical form of source and prose, in the order of the schema.

They cover all source together (`text_*`), the source that runs at install time (`text_install_*`) and at import time
(`text_import_*`). A column is null if there is no source of that role, or no string, name or description to measure.
Type annotations, f-strings and line ends are left out, because they follow the year alone.
"""

from collections.abc import Iterator

from features.contract import Column, Dtype

_I32, _F = Dtype.INT32, Dtype.FLOAT32

_BY_ROLE = (
    ("names", _I32, "the number of distinct identifiers in {}"),
    ("name_entropy", _F, "the mean entropy of identifiers in {}"),
    ("name_entropy_q3", _F, "the upper quartile of the entropy of identifiers in {}"),
    ("name_entropy_max", _F, "the highest entropy of an identifier in {}"),
    ("name_chars", _F, "the mean length of identifiers in {}"),
    ("short_names", _F, "the share of one-letter identifiers in {}"),
    ("random_names", _F, "the share of random-looking identifiers in {}"),
    ("confusing_names", _I32, "the number of identifiers made of letters that are hard to tell apart in {}"),
    ("strings", _I32, "the number of distinct strings in {}"),
    ("longest_string", _I32, "the length of the longest string in {}"),
    ("strings_over_100", _F, "the share of {} in strings of over 100 characters"),
    ("strings_over_1000", _F, "the share of {} in strings of over 1,000 characters"),
    ("base64_strings", _I32, "the number of strings that look like base64 in {}"),
    ("base64_bytes", _I32, "the amount of what looks like base64 in {}, in bytes"),
    ("hex_strings", _I32, "the number of strings of hexadecimal digits in {}"),
    ("hex_bytes", _I32, "the amount of hexadecimal digits in strings in {}, in bytes"),
    ("string_entropy", _F, "the mean entropy of strings in {}"),
    ("string_entropy_q3", _F, "the upper quartile of the entropy of strings in {}"),
    ("string_entropy_max", _F, "the highest entropy of a string in {}"),
    ("entropy", _F, "the entropy of {}"),
    ("longest_line", _I32, "the length of the longest line in {}"),
    ("long_lines", _F, "the share of lines of over 1,000 bytes in {}"),
    ("comment_share", _F, "the share of comments in {}"),
    ("space_share", _F, "the share of white space in {}"),
    ("brackets", _F, "the share of square brackets in {}"),
    ("equals", _F, "the share of equals signs in {}"),
    ("plus", _F, "the share of plus signs in {}"),
    ("parentheses", _F, "the share of parentheses in {}"),
    ("digits", _F, "the share of digits in {}"),
    ("escapes", _F, "the density of escape sequences in strings in {}"),
    ("offscreen", _I32, "lines with code pushed out of sight by white space in {}"),
)

_WHOLE = (
    ("lines", _I32, "the number of lines of its code"),
    ("entropy_max", _F, "the highest entropy of a single source file"),
    ("entropy_q3", _F, "the upper quartile of the entropy of its source files"),
    ("mean_line", _F, "the mean length of the lines of its code"),
    ("wide_lines", _F, "the share of lines of over 200 bytes in its code"),
    ("blank_run", _I32, "the longest run of blank lines before code"),
    ("indented", _I32, "the number of source files that begin with code pushed out of sight by white space"),
    ("docstring_share", _F, "the share of docstrings in its code"),
    ("upper_share", _F, "the share of capital letters in its code"),
    ("foreign_share", _F, "the share of characters that are not ASCII in its code"),
    ("control_bytes", _I32, "the number of control characters in its code"),
    ("bidi", _I32, "the number of bidirectional control characters in its code"),
    ("invisible", _I32, "the number of invisible characters in its code"),
    ("foreign_names", _I32, "the number of identifiers that are not ASCII in its code"),
    ("mixed_names", _I32, "the number of identifiers that mix look-alike alphabets in its code"),
    ("disguised_names", _I32, "the number of identifiers in unusual letters that Python reads as ASCII in its code"),
)

_PROSE = (
    ("entropy", _F, "the entropy of its description"),
    ("letter_share", _F, "the share of letters in its description"),
    ("foreign_share", _F, "the share of characters that are not ASCII in its description"),
    ("word_chars", _F, "the mean length of the words in its description"),
    ("distinct_words", _F, "the share of distinct words in its description"),
    ("random_words", _F, "the share of random-looking words in its description"),
    ("upper_words", _F, "the share of words in capitals in its description"),
    ("line_chars", _F, "the mean length of the lines in its description"),
    ("top_word_share", _F, "the share of the most frequent word in its description"),
)

_SCOPES = (("", "its code"), ("install_", "its install code"), ("import_", "its import code"))


def _all_columns() -> Iterator[Column]:
    for prefix, where in _SCOPES:
        for noun, dtype, meaning in _BY_ROLE:
            yield Column(f"text_{prefix}{noun}", dtype, meaning.format(where))
    for prefix, columns in (("", _WHOLE), ("readme_", _PROSE)):
        for noun, dtype, meaning in columns:
            yield Column(f"text_{prefix}{noun}", dtype, meaning)


COLUMNS: tuple[Column, ...] = tuple(_all_columns())
