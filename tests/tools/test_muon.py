"""Muon: its steps turn every direction alike, whatever shape a weight has, and it finds a minimum."""

import torch
from torch import nn

from tools.demo_model.muon import STEP, Muon, optimizers, orthogonal


def test_singular_values_come_out_near_one():
    torch.manual_seed(1)
    matrices = torch.randn(3, 12, 40) * torch.tensor([1e-4, 1.0, 1e4]).view(3, 1, 1)
    sizes = torch.linalg.svdvals(orthogonal(matrices))
    assert sizes.min() > 0.6  # between 0.7 and 1.2 by the document, less bfloat16's rounding
    assert sizes.max() < 1.3


def test_a_step_is_as_large_as_adams_and_keeps_a_weights_shape():
    torch.manual_seed(2)
    weights = [nn.Parameter(torch.randn(shape)) for shape in ((16, 64), (64, 16), (32, 8, 3, 3))]
    before = [w.detach().clone() for w in weights]
    for weight in weights:
        weight.grad = torch.randn_like(weight)
    Muon(weights, lr=0.1).step()
    for weight, old in zip(weights, before, strict=True):
        change = (weight.detach() - old * (1 - 0.1 * 0.01)).square().mean().sqrt()
        assert weight.shape == old.shape
        assert abs(float(change) / (0.1 * STEP) - 1) < 0.25


def test_inner_layers_go_to_muon_and_all_others_to_adam():
    net = nn.ModuleDict({"conv_in": nn.Conv2d(4, 8, 3), "middle": nn.Linear(8, 8)})
    other = nn.Linear(3, 3)
    muon, adam = optimizers(net, [other], 1e-3)
    assert [id(p) for p in muon.param_groups[0]["params"]] == [id(net["middle"].weight)]
    rest = {id(p) for p in (*net["conv_in"].parameters(), net["middle"].bias, *other.parameters())}
    assert {id(p) for p in adam.param_groups[0]["params"]} == rest


def test_it_finds_the_least_squares_solution():
    torch.manual_seed(3)
    true, weight = torch.randn(6, 10), nn.Parameter(torch.zeros(6, 10))
    inputs, optimizer = torch.randn(200, 10), Muon([weight], lr=0.2)
    for step in range(300):
        optimizer.param_groups[0]["lr"] = 0.2 * (1 - step / 300)
        loss = (inputs @ (weight - true).T).square().mean()
        loss.backward()
        optimizer.step()
        weight.grad = None
    assert (weight - true).abs().max() < 0.05
