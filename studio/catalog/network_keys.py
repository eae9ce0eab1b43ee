"""How files of networks name their tensors. Another program's way is a row of PARTS or of ROLES.

A name says three things: the part of the model, a module in it, and the tensor's role there. Modules come out with
underscores for all dots, as the oldest of these programs wrote them, so that all spellings of one module are equal.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

PARTS: tuple[tuple[str, str], ...] = (
    ("lora_unet_", "unet"),
    ("lora_te1_", "text_1"),
    ("lora_te2_", "text_2"),
    ("lora_te_", "text"),
    ("lycoris_unet_", "unet"),
    ("lycoris_", ""),
    ("unet.", "unet"),
    ("text_encoder_2.", "text_2"),
    ("text_encoder.", "text_1"),
    ("base_model.model.", ""),
    ("model.diffusion_model.", "unet"),
    ("diffusion_model.", "unet"),
    ("clip_l.transformer.", "text_1"),
    ("clip_g.transformer.", "text_2"),
    ("clip_l.", "text_1"),
    ("clip_g.", "text_2"),
)
"""Beginnings of names, longer ones first where one begins another; "" leaves it to the rest of the name.

`text` is the encoder of models that have one, `text_1` and `text_2` the first and second of those that have two; files
in diffusers' layout also call an only one `text_1`.
"""

BUNDLED = "bundle_emb."
"""Embeddings that come along with a network: `bundle_emb.<name>.<as in a file of its own>`."""

ROLES: Mapping[str, str] = {
    "lora_up.weight": "up",
    "lora_down.weight": "down",
    "lora_mid.weight": "mid",
    "lora_B.weight": "up",
    "lora_A.weight": "down",
    "lora_B.default.weight": "up",
    "lora_A.default.weight": "down",
    "lora.up.weight": "up",
    "lora.down.weight": "down",
    "lora_linear_layer.up.weight": "up",
    "lora_linear_layer.down.weight": "down",
    "lora_magnitude_vector": "dora_scale",
    "lora_magnitude_vector.weight": "dora_scale",
    "lora_magnitude_vector.default.weight": "dora_scale",
    "a1.weight": "a1",
    "a2.weight": "a2",
    "b1.weight": "b1",
    "b2.weight": "b2",
    "weight": "ia3",
    **{
        role: role
        for role in (
            *("alpha", "scale", "dora_scale", "diff", "diff_b", "w_norm", "b_norm", "on_input"),
            *("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b", "hada_t1", "hada_t2"),
            *("lokr_w1", "lokr_w1_a", "lokr_w1_b", "lokr_w2", "lokr_w2_a", "lokr_w2_b", "lokr_t1", "lokr_t2"),
            *("oft_blocks", "oft_diag", "rescale"),
        )
    },
}
"""Ends of names, behind a dot, and what they mean; `up` times `down` is the plain LoRA."""

PROCESSOR = re.compile(r"\.processor\.(to_\w+)_lora\.(up|down)\.weight$")
TEXT_PROCESSOR = re.compile(r"\.(to_\w+)_lora\.(up|down)\.weight$")
TEXT_ATTENTION = {"to_q": "q_proj", "to_k": "k_proj", "to_v": "v_proj", "to_out": "out_proj"}

KINDS: tuple[tuple[str, str], ...] = (
    ("oft_blocks", "OFT"),
    ("oft_diag", "OFT"),
    ("dora_scale", "DoRA"),
    ("hada_w1_a", "LoHa"),
    ("lokr_w1", "LoKr"),
    ("lokr_w1_a", "LoKr"),
    ("a1", "GLoRA"),
    ("mid", "LoCon"),
    ("up", "LoRA"),
    ("on_input", "(IA)3"),
    ("diff", "full"),
    ("w_norm", "norm"),
)
"""What a network is called, by a role that it has; the first row that holds."""


class NetworkKey(NamedTuple):
    """`part` is one of unet, text, text_1, text_2; `module` is spelled with underscores."""

    part: str
    module: str
    role: str


def read_key(name: str) -> NetworkKey | None:
    """None for a name that none of the known programs writes."""
    base, role = split_role(old_attention(name))
    if not role:
        return None
    for prefix, part in PARTS:
        if base.startswith(prefix):
            return key_of(part, base.removeprefix(prefix), role)
    return key_of("", base, role) if base.startswith(UNPREFIXED) else None


UNPREFIXED = ("down_blocks.", "mid_block.", "up_blocks.", "conv_in", "conv_out", "time_embedding.", "text_model.")


def key_of(part: str, module: str, role: str) -> NetworkKey:
    spelled = module.replace(".", "_")
    is_text = spelled.startswith(("text_model_", "encoder_layers_"))
    return NetworkKey(part or ("text_1" if is_text else "unet"), spelled.removeprefix("text_model_"), role)


def split_role(name: str) -> tuple[str, str]:
    """What stands before the role, and the role (the longest that fits); empty where there is none."""
    pieces = name.split(".")
    for count in range(min(3, len(pieces) - 1), 0, -1):
        if role := ROLES.get(".".join(pieces[-count:])):
            return ".".join(pieces[:-count]), role
    return name, ""


def old_attention(name: str) -> str:
    """Diffusers' first LoRAs hung on attention processors, and in text encoders bore the UNet's names."""
    if found := PROCESSOR.search(name):
        module = "to_out.0" if found[1] == "to_out" else found[1]
        return f"{name[: found.start()]}.{module}.lora.{found[2]}.weight"
    if (found := TEXT_PROCESSOR.search(name)) and found[1] in TEXT_ATTENTION:
        return f"{name[: found.start()]}.{TEXT_ATTENTION[found[1]]}.lora.{found[2]}.weight"
    return name


def kind_of(roles: Iterable[str]) -> str:
    """What a network with tensors of these roles is called; empty where it is none."""
    known = set(roles)
    return next((kind for role, kind in KINDS if role in known), "")
