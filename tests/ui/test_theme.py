import pytest

from studio.ui.theme import DARK, LIGHT, PAIRS, build_theme, contrast, tokens_css


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read_on_its_ground(colours: dict[str, str], text: str, ground: str):
    assert contrast(colours[text], colours[ground]) >= 4.5


def test_contrast_is_that_of_wcag():
    # https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio: black on white is 21:1; #767676 is known as the last AA grey
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_light_and_dark_have_the_same_tokens():
    assert LIGHT.keys() == DARK.keys()
    assert tokens_css().count("--accent:") == 2


def test_gradio_takes_its_colours_from_the_tokens():
    assert build_theme().body_background_fill == "var(--paper)"
