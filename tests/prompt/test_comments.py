"""Comments go as in A1111's built-in script: whole lines with their newline, ends of lines without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.prompt.comments import strip_comments


@pytest.mark.parametrize(
    ("prompt", "without"),
    [
        ("a barn", "a barn"),
        ("a barn # red?\nin snow", "a barn \nin snow"),
        ("a barn\n# red?\nin snow", "a barn\nin snow"),
        ("# red?\na barn", "\na barn"),
        ("a barn #", "a barn \n"),
        ("", ""),
    ],
)
def test_what_follows_the_mark_goes(prompt: str, without: str):
    assert strip_comments(prompt) == without


@given(st.text(alphabet="a# \n"))
def test_no_mark_is_left(prompt: str):
    assert "#" not in strip_comments(prompt)
