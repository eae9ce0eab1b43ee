"""From a network's answer to a guess at the clean latent: the arithmetic, on networks whose answer is known."""

from types import SimpleNamespace

import pytest
import torch

from studio.engine.conditioning import Conditioning, Encoded, Part
from studio.engine.denoiser import ModelDenoiser, Sparsely, Stage, as_clean, lengthened


def knowing(clean, predicts_velocity=False):
    """A network that sees through the noise, and answers in its own terms."""

    def answer(latent, time, *, encoder_hidden_states, **others):
        sigma = float(time)
        x = latent * (sigma**2 + 1) ** 0.5
        noise = (x - clean) / sigma
        velocity = (noise - sigma * clean) / (sigma**2 + 1) ** 0.5
        return (velocity if predicts_velocity else noise,)

    return answer


def model(network, predicts_velocity=False, in_channels=4):
    device = SimpleNamespace(dtype=torch.float32, is_channels_last=False)
    return SimpleNamespace(
        unet=network, device=device, time_of=lambda s: s, predicts_velocity=predicts_velocity, in_channels=in_channels
    )


def part(value, weight=1.0, length=77):
    return Part(weight, ((100, Encoded(torch.full((length, 8), value), None)),))


def denoiser(network, positive=None, negative=None, guidance=7.0, **changes):
    conditioning = Conditioning(tuple(positive or [part(1.0)]), negative or part(0.0))
    stage = Stage(model(network, **changes), conditioning, None)
    return ModelDenoiser(stages=(stage,), guidance=guidance, sigmas=(10.0, 3.0, 1.0, 0.0))


@pytest.mark.parametrize("velocity", [False, True])
@pytest.mark.parametrize("sigma", [0.05, 1.0, 14.6])
def test_both_predictions_lead_to_the_clean_latent(velocity, sigma):
    clean = torch.randn(1, 4, 3, 3)
    x = clean + sigma * torch.randn(1, 4, 3, 3)
    one = denoiser(knowing(clean, velocity), predicts_velocity=velocity)
    assert torch.allclose(one(x, sigma), clean, atol=1e-4)


def texts_network(latent, time, *, encoder_hidden_states, **others):
    """The noise is what the text says."""
    return (encoder_hidden_states[:, 0, :1, None, None].expand(latent.shape),)


def answered(one, sigma=2.0):
    x = torch.zeros(2, 4, 1, 1)
    return float(-one(x, sigma)[0, 0, 0, 0] / sigma)


def test_guidance_leads_away_from_the_negative_prompt():
    assert answered(denoiser(texts_network, [part(1.0)], part(0.25), 3.0)) == pytest.approx(0.25 + 3 * 0.75)


def test_parts_add_their_differences_by_weight():
    parts = [part(1.0), part(2.0, weight=0.5)]
    assert answered(denoiser(texts_network, parts, part(0.0), 4.0)) == pytest.approx(4 * (1 + 0.5 * 2))


def test_texts_of_other_lengths_run_apart_and_count_the_same():
    plain = answered(denoiser(texts_network, [part(1.0)], part(0.5)))
    assert answered(denoiser(texts_network, [part(1.0, length=154)], part(0.5))) == pytest.approx(plain)
    assert answered(denoiser(texts_network, [part(1.0), part(1.0, 0.0, length=154)], part(0.5))) == pytest.approx(plain)


def test_the_shorter_part_is_filled_with_its_last_row():
    short, long = Encoded(torch.arange(4.0).view(2, 2), None), Encoded(torch.zeros(3, 2), None)
    assert lengthened([short, long])[0].text.tolist() == [[0, 1], [2, 3], [2, 3]]


def test_share_is_the_place_among_the_planned_levels():
    one = denoiser(texts_network)
    assert [one.share(sigma) for sigma in (10.0, 6.0, 3.0, 1.0, 0.3)] == pytest.approx([0, 0, 1 / 3, 2 / 3, 2 / 3])


def test_the_unconditional_guess_is_the_negative_prompts_alone():
    one = denoiser(texts_network, [part(1.0)], part(0.25), 3.0)
    guided, free = one.with_unconditional(torch.zeros(1, 4, 1, 1), 2.0)
    assert float(free[0, 0, 0, 0]) == pytest.approx(-0.25 * 2)
    assert float(guided[0, 0, 0, 0]) == pytest.approx(-(0.25 + 3 * 0.75) * 2)


def test_velocity_of_pure_noise_is_not_lost():
    x = torch.ones(1, 4, 1, 1) * 4000.0
    found = as_clean(model(None, predicts_velocity=True), x, torch.full_like(x, -0.5), 4000.0)
    assert float(found[0, 0, 0, 0]) == pytest.approx(0.5, abs=1e-2)


def left_out(rule, sigma, count):
    """In which of `count` evaluations at a level the negative prompt is left out."""
    one = denoiser(texts_network, [part(1.0)], part(0.25), 3.0)
    one.sparsely = rule
    return [answered(one, sigma) == pytest.approx(1.0) for _ in range(count)]


def test_the_negative_prompt_is_left_out_below_its_level_every_other_time():
    assert left_out(Sparsely(below=5.0), 2.0, 4) == [False, True, False, True]
    assert left_out(Sparsely(below=1.0), 2.0, 4) == [False] * 4
    assert left_out(Sparsely(below=5.0, every=True), 2.0, 3) == [True] * 3
    assert left_out(Sparsely(), 2.0, 3) == [False] * 3


def test_the_negative_prompt_is_left_out_early():
    assert left_out(Sparsely(early=0.4), 2.0, 4) == [True, True, False, False]


def test_leaving_it_out_still_weighs_the_parts():
    one = denoiser(texts_network, [part(1.0), part(2.0, 0.5)], part(0.25), 3.0)
    one.sparsely = Sparsely(below=5.0, every=True)
    assert answered(one) == pytest.approx(1.0 + 3 * 0.5 * (2.0 - 1.0))
