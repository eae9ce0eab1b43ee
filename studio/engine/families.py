"""The families of models that our own loop runs. A new one is a row of FAMILIES, and a folder in `configs/`."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class EncoderRule:
    """How a family uses a text encoder: `kind` is its folder in diffusers' layout; the rest as in `TextEncoder`.

    `prefix` is where it stands in single files; `is_open_clip`: there in OpenCLIP's layout.
    """

    kind: str
    prefix: str
    is_open_clip: bool
    vectors: str
    pads_with_zero: bool = False
    takes_penultimate: bool = False
    has_pooled: bool = False
    obeys_clip_skip: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """`configs` is its folder. SD 2's text encoder is cut off before the last layer, in its configuration."""

    configs: str
    encoders: tuple[EncoderRule, ...]


FAMILIES: Mapping[str, Family] = {
    "sd1": Family(
        configs="sd1",
        encoders=(
            EncoderRule(
                kind="text_encoder",
                prefix="cond_stage_model.transformer.",
                is_open_clip=False,
                vectors="clip_l",
                obeys_clip_skip=True,
            ),
        ),
    ),
    "sd2": Family(
        configs="sd2",
        encoders=(
            EncoderRule(
                kind="text_encoder",
                prefix="cond_stage_model.model.",
                is_open_clip=True,
                vectors="clip_g",
                pads_with_zero=True,
            ),
        ),
    ),
    "sdxl": Family(
        configs="sdxl",
        encoders=(
            EncoderRule(
                kind="text_encoder",
                prefix="conditioner.embedders.0.transformer.",
                is_open_clip=False,
                vectors="clip_l",
                takes_penultimate=True,
            ),
            EncoderRule(
                kind="text_encoder_2",
                prefix="conditioner.embedders.1.model.",
                is_open_clip=True,
                vectors="clip_g",
                pads_with_zero=True,
                takes_penultimate=True,
                has_pooled=True,
            ),
        ),
    ),
    "refiner": Family(
        configs="refiner",
        encoders=(
            EncoderRule(
                kind="text_encoder_2",
                prefix="conditioner.embedders.0.model.",
                is_open_clip=True,
                vectors="clip_g",
                pads_with_zero=True,
                takes_penultimate=True,
                has_pooled=True,
            ),
        ),
    ),
}
