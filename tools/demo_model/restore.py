"""Takes up training from exported weights, where no checkpoint is at hand; a new part is one more function."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel
from transformers import CLIPTextModel

from tools.demo_model.progress import save
from tools.demo_model.stage_base import BaseTraining, Rates
from tools.demo_model.stage_control import FAMILIES, STRENGTH, ControlTraining, strengthen
from tools.demo_model.team import Team


def restore(work: Path, folder: Path) -> None:
    """Writes vae.pt, base.pt and control_*.pt (steps from nought) out of `folder`; keeps what is there."""
    if not (work / "vae.pt").exists():
        weights = AutoencoderKL.from_pretrained(folder / "vae", dtype=torch.float32).state_dict()
        save(work / "vae.pt", {"average": weights, "live": weights, "whitened": True})
    if not (work / "base.pt").exists():
        restore_base(work, folder)
    for family in FAMILIES:
        if (folder / "controlnet" / family).is_dir() and not (work / f"control_{family}.pt").exists():
            restore_control(work, folder, family)


def restore_base(work: Path, folder: Path) -> None:
    training = BaseTraining(Team(), work, peak=1e-3)
    unet = UNet2DConditionModel.from_pretrained(folder / "unet", dtype=torch.float32)
    text = CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=torch.float32)
    for nets in (training.nets, training.averages):
        nets[0].load_state_dict(unet.state_dict())
        nets[1].load_state_dict(training.vocabulary.narrowed(text.state_dict()))
    training.save()


def restore_control(work: Path, folder: Path, family: str) -> None:
    training = ControlTraining(Team(), work, family, Rates(steps=0, peak=1e-3, tail=0))
    weights = ControlNetModel.from_pretrained(folder / "controlnet" / family, dtype=torch.float32).state_dict()
    for net in (training.net, training.average):
        net.load_state_dict(weights)
        strengthen(net, 1 / STRENGTH)
    training.save()
