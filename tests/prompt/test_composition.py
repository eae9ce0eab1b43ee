"""AND as A1111's wiki ("Features", composable diffusion) describes it."""

import pytest

from studio.prompt.composition import split_prompt


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("a cat", [("a cat", 1)]),
        ("a cat AND a dog", [("a cat", 1), (" a dog", 1)]),
        ("a cat :1.2 AND a dog AND a penguin :2.2", [("a cat", 1.2), (" a dog", 1), (" a penguin", 2.2)]),
        ("a cat AND (a dog:1.3):-.5", [("a cat", 1), (" (a dog:1.3)", -0.5)]),
        ("a BAND and a HAND", [("a BAND and a HAND", 1)]),
        ("a cat\n: 2\nAND a dog", [("a cat", 2), (" a dog", 1)]),
        ("a cat:", [("a cat:", 1)]),
        ("", [("", 1)]),
    ],
)
def test_and_separates_prompts_with_their_weights(prompt: str, parts: list[tuple[str, float]]):
    assert split_prompt(prompt) == parts
