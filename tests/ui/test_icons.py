import json
import re

from studio.ui.icons import DRAWINGS, icons_css, icons_script, svg


def test_an_icon_takes_the_colour_of_the_text_and_is_hidden_from_readers():
    drawn = svg("brush", 18)
    assert 'stroke="currentColor"' in drawn
    assert 'aria-hidden="true"' in drawn
    assert 'width="18"' in drawn


def test_every_drawing_is_a_style_and_stands_in_the_script():
    assert all(f".icon-{name} " in icons_css() for name in DRAWINGS)
    told = re.fullmatch(r"<script>window.StudioIcons = (.*)</script>", icons_script())
    assert told
    assert json.loads(told[1]).keys() == DRAWINGS.keys()
