"""The parser's complaints, in words for people who do not know parsers."""

import re

from ruamel.yaml.error import MarkedYAMLError

from hub_config.yaml12.document import Position

# What ruamel says; whether the beginning of the thing is the better place; what we say.
_SYNTAX = (
    (r"'\\t' that cannot start", False, "has a tab — indent with spaces, not tabs"),
    ("cannot start any token", False, "@ cannot begin a value — put the value in quotes"),
    (
        "mapping values are not allowed|found unexpected ':'",
        False,
        'has a ":" where no key can be — check the line above, or put the value in quotes',
    ),
    (
        "could not find expected ':'",
        True,
        'has a line without ":" — write key: value, or put a text that goes on in quotes',
    ),
    ("unexpected end of stream", True, "has a quote that is never closed — close it"),
    ("'<stream end>'", True, "has a bracket that is never closed — close it"),
    ("expected ',' or", False, "has brackets that do not fit — check commas, quotes and brackets"),
    (
        "expected <block end>",
        False,
        "is not in line with what is above — check indentation, dashes and quotes",
    ),
    ("sequence entries", False, 'has a "-" where no list can be — begin the list on its own line'),
    ("unknown escape", False, "has an unknown \\@ in double quotes — use single quotes"),
    ("escape sequence", False, "has an unfinished escape in double quotes — use single quotes"),
    ("expected the node content", False, "lacks a value here — write one, or check the brackets"),
    ("undefined tag handle", False, "has a tag (!) — remove it, or put the value in quotes"),
    ("document start", False, "goes on after its end — keep one document per file, without ---"),
)
_OTHERWISE = "cannot be read here — check quotes, brackets and indentation"


def syntax(error: MarkedYAMLError) -> tuple[Position, str]:
    """Return where *error* is and what to do."""
    problem = " ".join(str(error.problem or error).split())
    at_start, message = next(
        ((start, text) for said, start, text in _SYNTAX if re.search(said, problem)),
        (False, _OTHERWISE),
    )
    mark = (error.context_mark if at_start else None) or error.problem_mark or error.context_mark
    seen = re.search(r"'(.)'", problem)
    message = message.replace("@", seen[1] if seen else "")
    return (mark.line + 1, mark.column + 1) if mark else (1, 1), message
