"""Continues a picture beyond its sides in tiles, from what the masked content gives."""

from dataclasses import replace

from studio.domain.errors import BadRequest
from studio.domain.fields import Choice, MultiChoice, Slider
from studio.domain.geometry import Box, Size
from studio.domain.request import GenerationRequest, MaskedContent
from studio.domain.result import GeneratedImage, Result
from studio.domain.things import ScriptPorts, script
from studio.imaging.load import flattened
from studio.imaging.outpaint import SIDES, framed_by, soft_mask
from studio.imaging.tiles import combined, tile_boxes


@script(
    "Poor man's outpainting",
    Slider(name="pixels", label="Pixels to expand", minimum=8, maximum=256, step=8, default=128),
    Slider(name="mask_blur", label="Mask blur", minimum=0, maximum=64, default=4),
    Choice(name="content", label="Masked content", options=tuple(MaskedContent), default=MaskedContent.fill),
    MultiChoice(name="sides", label="Outpainting direction", options=SIDES, default=SIDES),
    is_txt2img=False,
)
def poor_mans_outpainting(
    request: GenerationRequest,
    ports: ScriptPorts,
    *,
    pixels: int,
    mask_blur: int,
    content: str,
    sides: tuple[str, ...],
) -> Result:
    """One picture for each of the batches' places, larger by exactly `pixels` on each side."""
    if request.init is None:
        raise BadRequest("Outpainting needs a picture to continue", field="init_images")
    if not sides:
        raise BadRequest("Choose at least one direction to continue the picture to", field="sides", allowed=SIDES)
    canvas = framed_by(flattened(request.init.image, "#ffffff"), sides, pixels, mask_blur)
    boxes = tile_boxes(Size(*canvas.image.size), request.size.snapped(), pixels)
    new = [box for box in boxes if canvas.mask.crop(box).getbbox()]
    whole = replace(
        request,
        init=replace(request.init, image=canvas.image),
        mask=soft_mask(canvas.mask, MaskedContent(content), mask_blur / 2, mask_blur / 2),
        batch_count=1,
        batch_size=1,
    )
    facts = {"Outpainting pixels": str(pixels), "Outpainting direction": ", ".join(sides)}
    count, made = request.batch_count * request.batch_size, list[GeneratedImage]()
    for number in range(count):
        tiles = dict[Box, GeneratedImage]()
        for index, box in enumerate(new, start=number * len(new)):
            (tiles[box],) = ports.draw(tile_of(whole, box, index), index, count * len(new)).images
        pictures = [(box, tiles[box].image if box in tiles else canvas.image.crop(box)) for box in boxes]
        result = combined(pictures, Size(*canvas.image.size)).crop(canvas.box)
        made.append(ports.keep(result, tiles[new[0]], facts))
    return Result(images=tuple(made))


def tile_of(whole: GenerationRequest, box: Box, index: int) -> GenerationRequest:
    assert whole.init
    sampling = replace(whole.sampling, seed=whole.sampling.seed + index)
    return replace(whole, init=replace(whole.init, box=box), size=box.size, sampling=sampling)
