"""Which network a checkpoint holds, told from names and shapes of its tensors. A new family is a row of FAMILIES.

Sources: the layouts of Stability AI's generative-models and CompVis' latent diffusion (`model.diffusion_model.` is the
UNet, `first_stage_model.` the VAE, `cond_stage_model.` or `conditioner.` the text encoders).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from studio.catalog.tensors import Header, TensorInfo
from studio.domain.geometry import Size

UNET = "model.diffusion_model."
CONV_IN = f"{UNET}input_blocks.0.0.weight"
LABEL = f"{UNET}label_emb.0.0.weight"
NATIVE = {"sd1": Size(512, 512), "sd2": Size(512, 512), "sdxl": Size(1024, 1024), "refiner": Size(1024, 1024)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Traits:
    """`architecture` is "sd1", "sd2", "sdxl", "refiner", another family's name, or "" where there is no UNet.

    `in_channels`: 4, 9 for inpainting models, 8 for instruct-pix2pix. `prediction` is "epsilon" or "v".
    """

    architecture: str
    prediction: str
    has_zero_terminal_snr: bool
    in_channels: int
    native_size: Size


FAMILIES: tuple[tuple[str, str], ...] = (
    ("flux", "double_blocks.0.img_attn.norm.key_norm.scale"),
    ("sd3", "joint_blocks.0.context_block.adaLN_modulation.1.weight"),
    ("cascade", "down_blocks.0.2.kv_mapper.1.weight"),
    ("auraflow", "double_layers.0.attn.w1q.weight"),
    ("chroma", "distilled_guidance_layer.in_proj.weight"),
)
"""Newer families, by a tensor that only they have; the stock engine may know them."""


def traits_of(header: Header, hint: str = "") -> Traits:
    """`hint` is the file's name and the text of a .yaml beside it, for what tensors do not tell."""
    tensors = header.tensors
    if CONV_IN not in tensors:
        return Traits(
            architecture=foreign_family(tensors),
            prediction="epsilon",
            has_zero_terminal_snr=False,
            in_channels=0,
            native_size=Size(1024, 1024),
        )
    architecture = unet_family(tensors)
    prediction = "v" if is_v_prediction(tensors, header.metadata, hint) else "epsilon"
    native = Size(768, 768) if architecture == "sd2" and prediction == "v" else NATIVE[architecture]
    return Traits(
        architecture=architecture,
        prediction=prediction,
        has_zero_terminal_snr="ztsnr" in tensors or "ztsnr" in hint.lower(),
        in_channels=tensors[CONV_IN].shape[1],
        native_size=native,
    )


def foreign_family(tensors: Mapping[str, TensorInfo]) -> str:
    names = {name.removeprefix(UNET).removeprefix("model.") for name in tensors}
    return next((family for family, mark in reversed(FAMILIES) if mark in names), "")


def unet_family(tensors: Mapping[str, TensorInfo]) -> str:
    """SDXL has a label embedding; the refiner's is as wide as five sizes of 256 and the pooled 1280.

    SD 1 projects into attention by convolutions, SD 2 by matrices.
    """
    if LABEL in tensors:
        has_second = any(name.startswith("conditioner.embedders.1.") for name in tensors)
        has_openclip_first = "conditioner.embedders.0.model.ln_final.weight" in tensors
        is_refiner = tensors[LABEL].shape[1] == 2560 or (has_openclip_first and not has_second)
        return "refiner" if is_refiner else "sdxl"
    projections = (info for name, info in tensors.items() if name.startswith(UNET) and name.endswith(".proj_in.weight"))
    projection = next(projections, None)
    return "sd2" if projection and len(projection.shape) == 2 else "sd1"


def is_v_prediction(tensors: Mapping[str, TensorInfo], metadata: Mapping[str, str], hint: str) -> bool:
    text = hint.lower().replace("_", "-")
    named = any(mark in text for mark in ("vpred", "v-pred", "768-v", "768v", 'parameterization: "v"'))
    return "v_pred" in tensors or metadata.get("modelspec.prediction_type") == "v" or named
