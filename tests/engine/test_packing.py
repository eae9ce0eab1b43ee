"""Packed layers answer as plain ones, notice changed weights, and can be made plain again."""

import pytest
import torch
from torch import nn

from studio.engine.packing import PackedConv2d, PackedLinear, can_pack, pack, unpack
from tests.engine.tiny_models import make_unet


def test_this_torch_has_the_operators():
    """They are private: when they go, packing goes quietly, and this says so."""
    assert can_pack()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("stride", "kernel"), [(1, 3), (2, 3), (1, 1)])
@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_convolutions_are_bit_identical(dtype, stride, kernel, layout):
    conv = nn.Conv2d(16, 32, kernel, stride, kernel // 2).to(dtype).to(memory_format=torch.channels_last)
    x = torch.randn(2, 16, 12, 12).to(dtype).to(memory_format=layout)
    with torch.inference_mode():
        plain = conv(x)
        assert torch.equal(pack(conv)(x), plain)
    assert isinstance(conv, PackedConv2d)


@pytest.mark.parametrize("shape", [(5, 64), (2, 7, 64)])
@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
def test_linears_agree_within_rounding(shape, dtype, near):
    linear = nn.Linear(64, 48).to(dtype)
    x = torch.randn(*shape).to(dtype)
    with torch.inference_mode():
        plain = linear(x)
        assert torch.allclose(pack(linear)(x).float(), plain.float(), atol=near)
        assert torch.allclose(linear(x.transpose(0, -2)).float(), plain.transpose(0, -2).float(), atol=near)


def test_a_replaced_weight_is_packed_again_and_the_old_one_comes_back():
    conv = pack(nn.Sequential(nn.Conv2d(8, 8, 3), nn.Linear(6, 6)))
    x, own = torch.randn(1, 8, 8, 8), conv[0].weight.data
    with torch.inference_mode():
        first = conv(x)
        untouched = conv[1].packed
        for _ in range(3):  # freed memory is used again at once
            conv[0].weight.data = own * torch.rand(1)
            changed = conv(x)
            assert torch.allclose(
                changed,
                nn.functional.linear(
                    nn.functional.conv2d(x, conv[0].weight, conv[0].bias), conv[1].weight, conv[1].bias
                ),
                atol=1e-5,
            )
            assert not torch.equal(changed, first)
        conv[0].weight.data = own
        assert torch.equal(conv(x), first)
    assert conv[1].packed is untouched


def test_a_network_in_another_precision_still_runs():
    conv = pack(nn.Conv2d(8, 8, 3))
    x = torch.randn(1, 8, 8, 8)
    conv(x)
    conv.to(torch.float64)
    assert conv(x.double()).dtype == torch.float64


def test_a_whole_unet_agrees_and_is_plain_again_after_unpacking():
    torch.manual_seed(0)
    unet = make_unet().eval().to(memory_format=torch.channels_last)
    x, text = torch.randn(2, 4, 8, 8).to(memory_format=torch.channels_last), torch.randn(2, 77, 32)
    names = list(unet.state_dict())
    with torch.inference_mode():
        plain = unet(x, 500, encoder_hidden_states=text).sample
        assert torch.allclose(pack(unet)(x, 500, encoder_hidden_states=text).sample, plain, atol=1e-5)
        assert any(isinstance(module, PackedLinear) for module in unet.modules())
        assert list(unet.state_dict()) == names
        assert torch.equal(unpack(unet)(x, 500, encoder_hidden_states=text).sample, plain)
    assert not any(isinstance(module, PackedLinear | PackedConv2d) for module in unet.modules())
