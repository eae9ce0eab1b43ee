"""What each kind of network adds to a weight, against its paper's formula worked out number by number."""

import numpy as np
import pytest
import torch

from studio.engine.lora_modules import Unfit, bias_change, weight_change
from tests.engine.tiny_networks import numbers

WEIGHT = numbers(6, 4, seed=7)
CONVOLUTION = numbers(6, 4, 3, 3, seed=8)


def same(change, expected):
    assert torch.allclose(change, torch.as_tensor(expected, dtype=torch.float32), atol=1e-5)


def test_lora_is_up_times_down_times_alpha_over_rank():
    up, down = numbers(6, 2), numbers(2, 4)
    change = weight_change({"up": up, "down": down, "alpha": torch.tensor(1.0)}, WEIGHT)
    same(change, 0.5 * up @ down)


def test_without_alpha_the_scale_is_one_and_a_written_scale_wins():
    up, down = numbers(6, 2), numbers(2, 4)
    same(weight_change({"up": up, "down": down}, WEIGHT), up @ down)
    given = {"up": up, "down": down, "alpha": torch.tensor(1.0), "scale": torch.tensor(0.25)}
    same(weight_change(given, WEIGHT), 0.25 * up @ down)


def test_a_dimension_keeps_the_first_ranks_at_the_scale_of_all():
    up, down = numbers(6, 4), numbers(4, 4)
    change = weight_change({"up": up, "down": down, "alpha": torch.tensor(2.0)}, WEIGHT, 1)
    same(change, 0.5 * up[:, :1] @ down[:1])


def test_convolutions_are_down_then_up():
    up, down, picture = numbers(6, 2, 1, 1), numbers(2, 4, 3, 3), numbers(1, 4, 5, 5)
    change = weight_change({"up": up, "down": down}, CONVOLUTION)
    both = torch.nn.functional.conv2d(torch.nn.functional.conv2d(picture, down), up)
    assert torch.allclose(torch.nn.functional.conv2d(picture, change), both, atol=1e-5)


def test_with_a_middle_the_convolution_is_three():
    up, mid, down, picture = numbers(6, 2, 1, 1), numbers(2, 2, 3, 3), numbers(2, 4, 1, 1), numbers(1, 4, 5, 5)
    change = weight_change({"up": up, "mid": mid, "down": down}, CONVOLUTION)
    three = picture
    for kernel in (down, mid, up):
        three = torch.nn.functional.conv2d(three, kernel)
    assert torch.allclose(torch.nn.functional.conv2d(picture, change), three, atol=1e-5)


def test_loha_multiplies_two_products():
    parts = {f"hada_w{n}_{s}": numbers(*(6, 2) if s == "a" else (2, 4), seed=n) for n in (1, 2) for s in "ab"}
    change = weight_change({**parts, "alpha": torch.tensor(1.0)}, WEIGHT)
    expected = np.zeros((6, 4))
    for row in range(6):
        for column in range(4):
            first = sum(parts["hada_w1_a"][row, r] * parts["hada_w1_b"][r, column] for r in range(2))
            second = sum(parts["hada_w2_a"][row, r] * parts["hada_w2_b"][r, column] for r in range(2))
            expected[row, column] = 0.5 * first * second
    same(change, expected)


def test_loha_of_a_convolution_flat_and_with_cores():
    flat = {f"hada_w{n}_{s}": numbers(*(6, 2) if s == "a" else (2, 36), seed=n) for n in (1, 2) for s in "ab"}
    expected = (flat["hada_w1_a"] @ flat["hada_w1_b"]) * (flat["hada_w2_a"] @ flat["hada_w2_b"])
    same(weight_change(flat, CONVOLUTION), expected.reshape(6, 4, 3, 3))
    cores = {f"hada_w{n}_{s}": numbers(2, 6 if s == "a" else 4, seed=n) for n in (1, 2) for s in "ab"}
    cores |= {f"hada_t{n}": numbers(2, 2, 3, 3, seed=20 + n) for n in (1, 2)}
    each = [
        torch.einsum("ijkl,ip,jr->prkl", cores[f"hada_t{n}"], cores[f"hada_w{n}_a"], cores[f"hada_w{n}_b"])
        for n in (1, 2)
    ]
    same(weight_change(cores, CONVOLUTION), each[0] * each[1])


def test_lokr_is_a_kronecker_product_and_alpha_counts_only_with_low_ranks():
    first, second = numbers(3, 2), numbers(2, 2)
    given = {"lokr_w1": first, "lokr_w2": second, "alpha": torch.tensor(8.0)}
    same(weight_change(given, WEIGHT), np.kron(first, second))
    low = {"lokr_w2_a": numbers(2, 1), "lokr_w2_b": numbers(1, 2)}
    given = {"lokr_w1": first, **low, "alpha": torch.tensor(0.5)}
    same(weight_change(given, WEIGHT), 0.5 * np.kron(first, low["lokr_w2_a"] @ low["lokr_w2_b"]))


def test_lokr_of_a_convolution_acts_like_the_kronecker_product_at_each_place_of_the_kernel():
    first, second = numbers(3, 2), numbers(2, 2, 3, 3)
    change = weight_change({"lokr_w1": first, "lokr_w2": second}, CONVOLUTION)
    for row in range(3):
        for column in range(3):
            same(change[:, :, row, column], np.kron(first, second[:, :, row, column]))


def test_ia3_scales_by_output_or_by_input():
    by_output, by_input = numbers(6), numbers(4)
    same(weight_change({"ia3": by_output, "on_input": torch.tensor(0.0)}, WEIGHT), WEIGHT * by_output[:, None])
    same(weight_change({"ia3": by_input, "on_input": torch.tensor(1.0)}, WEIGHT), WEIGHT * by_input)
    with pytest.raises(Unfit):
        weight_change({"ia3": by_input, "on_input": torch.tensor(0.0)}, WEIGHT)


def test_full_differences_and_norms_are_added_as_they_are():
    same(weight_change({"diff": WEIGHT}, WEIGHT), WEIGHT)
    vector = numbers(6)
    same(weight_change({"w_norm": vector}, vector), vector)
    assert weight_change({"diff_b": vector}, WEIGHT) is None
    assert bias_change({"b_norm": vector}) is vector


def test_glora_adds_a_product_and_one_of_the_weight():
    a1, a2, b1, b2 = numbers(2, 4), numbers(4, 2), numbers(2, 4), numbers(6, 2)
    same(weight_change({"a1": a1, "a2": a2, "b1": b1, "b2": b2}, WEIGHT), b2 @ b1 + WEIGHT @ a2 @ a1)


@pytest.mark.parametrize("is_by_output", [True, False])
def test_dora_gives_each_row_or_column_its_learned_length(is_by_output):
    up, down = numbers(6, 2), numbers(2, 4)
    magnitude = numbers(6, 1).abs() if is_by_output else numbers(1, 4).abs()
    merged = WEIGHT + weight_change({"up": up, "down": down, "dora_scale": magnitude}, WEIGHT)
    lengths = merged.norm(dim=1 if is_by_output else 0)
    same(lengths, magnitude.flatten())
    direction = (WEIGHT + up @ down) / merged
    spread = direction.std(dim=1 if is_by_output else 0)
    assert torch.allclose(spread, torch.zeros_like(spread), atol=1e-4)


def cayley(skew):
    """(1 + Q)(1 - Q)^-1 of Q = S - S^T, for one matrix."""
    q = np.asarray(skew, dtype=np.float64)
    q, one = q - q.T, np.eye(len(q))
    return (one + q) @ np.linalg.inv(one - q)


@pytest.mark.parametrize("weight", [WEIGHT, CONVOLUTION])
def test_oft_turns_each_run_of_outputs_and_keeps_lengths_and_angles(weight):
    skew = numbers(2, 3, 3)
    change = weight_change({"oft_blocks": skew}, weight)
    rows = weight.flatten(1).numpy()
    expected = np.concatenate([cayley(skew[n]).T @ rows[3 * n : 3 * n + 3] for n in range(2)])
    same(change.flatten(1), expected - rows)
    assert change.abs().max() > 0.1
    after = (weight + change).flatten(1)[:3]
    same(after.T @ after, rows[:3].T @ rows[:3])


def test_oft_is_constrained_by_alpha_for_each_output_and_rescaled_by_output():
    skew, lengths = numbers(2, 3, 3), numbers(6, 1)
    length = np.sqrt(sum(np.sum((np.asarray(each) - np.asarray(each).T) ** 2) for each in skew))
    alpha = float(length) / 12
    change = weight_change({"oft_blocks": skew, "alpha": torch.tensor(alpha), "rescale": lengths}, WEIGHT)
    halved = np.concatenate([cayley(skew[n] / 2).T @ WEIGHT[3 * n : 3 * n + 3].numpy() for n in range(2)])
    same(change, lengths.numpy() * halved - WEIGHT.numpy())
    loose = weight_change({"oft_blocks": skew, "alpha": torch.tensor(2 * alpha + 1)}, WEIGHT)
    same(loose, weight_change({"oft_blocks": skew}, WEIGHT))


def test_oft_of_the_first_lycoris_holds_the_rotations_themselves():
    blocks = torch.stack([torch.as_tensor(cayley(each)) for each in numbers(2, 3, 3)]).float()
    same(weight_change({"oft_diag": blocks}, WEIGHT), weight_change({"oft_blocks": numbers(2, 3, 3)}, WEIGHT))


def test_boft_turns_outputs_that_lie_ever_further_apart():
    """Level i pairs output o with the one 2^i places (half a block times 2^i) further, block by block."""
    weight, skew = numbers(8, 3), numbers(3, 4, 2, 2)
    rows = weight.numpy().astype(np.float64)
    for level in range(3):
        stride = 2**level
        firsts = [row for row in range(8) if row // stride % 2 == 0]
        turned = rows.copy()
        for number, first in enumerate(firsts):
            pair = [first, first + stride]
            turned[pair] = cayley(skew[level, number]) @ rows[pair]
        rows = turned
    same(weight_change({"oft_blocks": skew}, weight), rows - weight.numpy())


def test_oft_of_another_size_is_unfit():
    for blocks in (numbers(2, 2, 2), numbers(2, 3, 2), numbers(2, 2, 2, 2)):
        with pytest.raises(Unfit):
            weight_change({"oft_blocks": blocks}, WEIGHT)


def test_what_is_of_another_size_is_unfit():
    with pytest.raises(Unfit):
        weight_change({"up": numbers(6, 2), "down": numbers(2, 5)}, WEIGHT)
    with pytest.raises(Unfit):
        weight_change({"up": numbers(6, 2), "down": numbers(3, 4)}, WEIGHT)
    with pytest.raises(Unfit):
        weight_change({"alpha": torch.tensor(1.0)}, WEIGHT)


def test_the_further_inputs_of_inpainting_models_stay_as_they_are():
    change = weight_change({"up": numbers(8, 2, 1, 1), "down": numbers(2, 4, 3, 3)}, numbers(8, 9, 3, 3))
    assert change.shape == (8, 9, 3, 3)
    assert not change[:, 4:].any()
    assert change[:, :4].any()
