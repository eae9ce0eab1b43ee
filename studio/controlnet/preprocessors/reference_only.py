"""reference_only: the picture itself; the network attends to it while it draws (`engine/hooks/reference.py`)."""

from PIL import Image

from studio.domain.fields import Slider
from studio.domain.things import preprocessor


@preprocessor(
    "reference_only",
    Slider(
        name="style_fidelity",
        label="Style Fidelity (only for Balanced mode)",
        minimum=0,
        maximum=1,
        step=0.01,
        default=0.5,
    ),
    types=("Reference",),
    has_resolution=False,
)
def reference_only(image: Image.Image, resolution: int, *, style_fidelity: float) -> Image.Image:
    return image.convert("RGB")
