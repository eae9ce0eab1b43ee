"""A pass to hang hooks on: a tiny model, and control maps."""

from types import SimpleNamespace

import torch
from PIL import Image

from studio.catalog.controlnets import ControlNets
from studio.domain.plan import ControlMap
from studio.domain.request import ControlMode, ControlUnit, HiresOption, ResizeMode
from studio.engine.hooks.controlnet import controlnet_hooks
from studio.engine.hooks.hook import Evaluation
from studio.engine.model_lock import ModelLock

UNIT = ControlUnit(
    preprocessor="none",
    model="net",
    weight=1.0,
    image=None,
    mask=None,
    resize_mode=ResizeMode.crop,
    resolution=-1,
    threshold_a=-1,
    threshold_b=-1,
    start=0.0,
    end=1.0,
    pixel_perfect=True,
    mode=ControlMode.balanced,
    low_vram=False,
    cropped_to_mask=True,
    hires_option=HiresOption.both,
    region=None,
    weights=(),
    shows_map=True,
)


def control_map(unit, image, **more):
    given = {"hires_image": None, "region": None, "mask": None, **more}
    return ControlMap(unit=unit, image=image, **given)


def noise_picture(seed, size=(64, 64)):
    pixels = torch.randint(0, 256, (size[1], size[0], 3), generator=torch.Generator().manual_seed(seed))
    return Image.fromarray(pixels.to(torch.uint8).numpy())


def evaluation(share=0.0, rows=2, side=8, width=32, seed=0, number=0):
    """Half of the rows are those of the negative prompt, as in a CFG pair."""
    generator = torch.Generator().manual_seed(seed)
    return Evaluation(
        latent=torch.randn(rows, 4, side, side, generator=generator),
        time=torch.tensor(501.0),
        sigma=2.0,
        text=torch.randn(rows, 7, width, generator=generator),
        added={},
        is_conditional=tuple(row < rows // 2 for row in range(rows)),
        pictures=tuple(row % max(1, rows // 2) for row in range(rows)),
        share=share,
        number=number,
        places=tuple(range(rows)),
    )


class Keeper:
    """Stands for the pipeline manager: keeps networks by their keys."""

    def __init__(self):
        self.kept = {}

    def keep(self, key, load, size, expected=0):
        if key not in self.kept:
            self.kept[key] = load()
        return self.kept[key]


def scene(model, *controls, is_second=False, keeper=None, encode=None, **plan):
    """What hooks read of a scene."""
    planned = SimpleNamespace(**{"hires": None, "mask": None, "refiner": None, **plan})
    notes = []
    return SimpleNamespace(
        prepared=SimpleNamespace(plan=planned, controls=controls, image=None, latent_mask=None),
        planned=SimpleNamespace(sigmas=(10.0, 2.0, 0.0), model="tiny"),
        is_second=is_second,
        seeds=(1,),
        model=model,
        models=keeper or Keeper(),
        encode=encode,
        note=notes.append,
        notes=notes,
    )


def hooks_for(folder, model, *controls, **more):
    """Of the units with a network, whose files lie in the folder."""
    found = ControlNets().list([folder])
    return list(controlnet_hooks(lambda name: found[name])(scene(model, *controls, **more)))


def tiny_model(unet, title="tiny.safetensors [0123456789]"):
    device = SimpleNamespace(
        torch_device=torch.device("cpu"), dtype=torch.float32, is_channels_last=False, is_packed=False
    )
    return SimpleNamespace(
        unet=unet,
        device=device,
        torch_device=device.torch_device,
        architecture="sd1",
        in_channels=4,
        key=title,
        checkpoint=SimpleNamespace(title=title),
        levels=(0.03, 14.6),
        lock=ModelLock(),
    )
