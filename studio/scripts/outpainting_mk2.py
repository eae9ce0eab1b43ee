"""Continues a picture beyond its sides, one side after the other, from noise that looks like it."""

from PIL.Image import Image

from studio.domain.fields import MultiChoice, Note, Slider
from studio.domain.request import GenerationRequest, MaskedContent
from studio.domain.result import GeneratedImage, Result
from studio.domain.things import ScriptPorts, script
from studio.imaging.outpaint import SIDES, Canvas, Noise, continued, picture_of, soft_mask, trimmed
from studio.imaging.tiles import tile_of

UPRIGHT = ("up", "down")


@script(
    "Outpainting mk2",
    Note(name="about", label="Best with 80 to 100 steps, Euler a, and a denoising strength of 0.8 or more"),
    Slider(name="pixels", label="Pixels to expand", minimum=8, maximum=256, step=8, default=128),
    Slider(name="mask_blur", label="Mask blur", minimum=0, maximum=64, default=8),
    MultiChoice(name="sides", label="Outpainting direction", options=SIDES, default=SIDES),
    Slider(
        name="exponent",
        label="Fall-off exponent (lower=higher detail)",
        minimum=0.0,
        maximum=4.0,
        step=0.01,
        default=1.0,
    ),
    Slider(name="variation", label="Color variation", minimum=0.0, maximum=1.0, step=0.01, default=0.05),
    is_txt2img=False,
)
def outpainting_mk2(
    request: GenerationRequest,
    ports: ScriptPorts,
    *,
    pixels: int,
    mask_blur: int,
    sides: tuple[str, ...],
    exponent: float,
    variation: float,
) -> Result:
    """One picture for each of the batches' places, larger by exactly `pixels` on each side."""
    chosen = [side for side in SIDES if side in sides]
    whole = picture_of(request, chosen)
    noise = Noise(exponent=exponent, variation=variation)
    facts = {"Outpainting pixels": str(pixels), "Outpainting direction": ", ".join(chosen)}
    count, made = request.batch_count * request.batch_size, list[GeneratedImage]()
    for number in range(count):
        picture, like = whole, None
        for step, side in enumerate(chosen):
            length = request.size.height if side in UPRIGHT else request.size.width
            canvas = continued(picture, side, pixels, mask_blur, length, noise)
            index = number * len(chosen) + step
            like = ports.draw(side_of(request, canvas, side, mask_blur, number), index, count * len(chosen)).images[0]
            picture = trimmed(with_part(canvas, like.image), side, picture)
        assert like
        made.append(ports.keep(picture, like, facts))
    return Result(images=tuple(made))


def side_of(request: GenerationRequest, canvas: Canvas, side: str, mask_blur: int, number: int) -> GenerationRequest:
    """The band of one side and its margin, redrawn; the mask is soft towards the picture only."""
    across, along = (0.0, mask_blur / 2) if side in UPRIGHT else (mask_blur / 2, 0.0)
    mask = soft_mask(canvas.mask, MaskedContent.original, across, along)
    return tile_of(request, canvas.image, canvas.box, mask, number)


def with_part(canvas: Canvas, drawn: Image) -> Image:
    result = canvas.image.copy()
    result.paste(drawn, canvas.box)
    return result
