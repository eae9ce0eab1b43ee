"""Comments in a prompt: from # to the end of the line. Another mark would be another pattern here."""

import re

WHOLE_LINE = re.compile(r"(?:^|\n)#[^\n]*(?:\n|$)")
REST_OF_LINE = re.compile(r"#[^\n]*(?:\n|$)")


def strip_comments(prompt: str) -> str:
    """A line that is all comment goes, newline included; after other text the newline stays."""
    return REST_OF_LINE.sub("\n", WHOLE_LINE.sub("\n", prompt))
