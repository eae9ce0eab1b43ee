"""IP-Adapters by their headers: which files are some, for which architecture, and with which eyes they see.

Plain ones take what CLIP makes of the whole picture (`image_proj.proj.`), Plus and full-face ones what it makes of each
part (`image_proj.latents`, `image_proj.proj.3.`). Another CLIP network is a row of VISIONS.
"""

from collections.abc import Mapping

from studio.catalog.tensors import TensorInfo

FIRST = "ip_adapter.1.to_k_ip.weight"
"""The first layer's key, which tells how wide the texts are."""
PLAIN = "image_proj.proj.weight"
PARTS = ("image_proj.proj_in.weight", "image_proj.proj.0.weight")
FULL = "image_proj.proj.3.weight"
CLIP_H, CLIP_G = "clip_h.pth", "clip_g.pth"
VISIONS: Mapping[tuple[bool, int], str] = {
    (True, 1024): CLIP_H,
    (False, 1280): CLIP_H,
    (True, 1280): CLIP_G,
    (False, 1664): CLIP_G,
}
"""By whether the whole picture is told, and how wide that is: the weight files of OpenCLIP's ViT-H and ViT-bigG."""
NO_FACES = "an IP-Adapter FaceID, which is not supported; take a plain or a Plus one"


def is_ip_adapter(names: Mapping[str, TensorInfo]) -> bool:
    return FIRST in names


def vision_of(names: Mapping[str, TensorInfo]) -> tuple[str, str]:
    """The weight file of the CLIP network that it sees with, and what is wrong with the adapter, if anything."""
    if PLAIN in names:
        width = names[PLAIN].shape[1]
        vision = VISIONS.get((True, width), "")
    elif PARTS[0] in names or FULL in names:
        width = next(names[name].shape[1] for name in PARTS if name in names)
        vision = VISIONS.get((False, width), "")
    else:
        return "", NO_FACES
    return vision, "" if vision else f"an IP-Adapter for a CLIP network {width} wide, which is not known"
