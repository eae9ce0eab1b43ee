"""<lora:...> as features.md 2.17 gives it."""

import pytest

from studio.domain.errors import BadRequest
from studio.prompt.networks import NetworkUse, split_networks


def use(
    name: str, text: float = 1.0, unet: float = 1.0, *, kind: str = "lora", dimension: int | None = None
) -> NetworkUse:
    return NetworkUse(kind=kind, name=name, text_weight=text, unet_weight=unet, dimension=dimension)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("<lora:ink>", use("ink")),
        ("<lora:ink:0.5>", use("ink", 0.5, 0.5)),
        ("<lora:ink:0.5:0.8>", use("ink", 0.5, 0.8)),
        ("<lora:ink:0.5:0.8:16>", use("ink", 0.5, 0.8, dimension=16)),
        ("<lora:ink:te=0.5>", use("ink", 0.5, 0.5)),
        ("<lora:ink:0.7:unet=-1:dyn=8>", use("ink", 0.7, -1.0, dimension=8)),
        ("<lyco:ink:0.5>", use("ink", 0.5, 0.5, kind="lyco")),
        ("<hypernet:old:0.3>", use("old", 0.3, 0.3, kind="hypernet")),
        ("<lora:a v1.5 (final)>", use("a v1.5 (final)")),
    ],
)
def test_a_network_is_read_and_leaves_the_prompt(prompt: str, expected: NetworkUse):
    assert split_networks(f"a barn {prompt}, snow") == ("a barn , snow", [expected])


def test_networks_add_up_in_their_order():
    text, uses = split_networks("<lora:a:0.5> x <lora:b:1> <lora:a:0.5>")
    assert text == " x  "
    assert [each.name for each in uses] == ["a", "b", "a"]


@pytest.mark.parametrize("prompt", ["a < b: c", "<lora>", "<:x>", "<lora:>", "a <3"])
def test_other_angles_are_text(prompt: str):
    assert split_networks(prompt) == (prompt, [])


@pytest.mark.parametrize("prompt", ["<lora:ink:much>", "<lora:ink:nan>", "<lora:ink:1:dyn=inf>"])
def test_a_weight_that_is_no_number_is_refused_with_the_text(prompt: str):
    with pytest.raises(BadRequest, match="lora:ink"):
        split_networks(prompt)
