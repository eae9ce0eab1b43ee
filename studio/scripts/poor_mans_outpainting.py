"""Continues a picture beyond its sides in tiles, from what the masked content gives."""

from studio.domain.fields import Choice, MultiChoice, Slider
from studio.domain.geometry import Box, Size
from studio.domain.request import GenerationRequest, MaskedContent
from studio.domain.result import GeneratedImage, Result
from studio.domain.things import ScriptPorts, script
from studio.imaging.outpaint import SIDES, framed_by, picture_of, soft_mask
from studio.imaging.tiles import combined, tile_boxes, tile_of


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
    canvas = framed_by(picture_of(request, sides), sides, pixels, mask_blur)
    tile = request.size.snapped()
    boxes = tile_boxes(Size(*canvas.image.size), tile, min(pixels, min(tile) // 2))  # more would be tile upon tile
    new = [box for box in boxes if canvas.mask.crop(box).getbbox()]
    mask = soft_mask(canvas.mask, MaskedContent(content), mask_blur / 2, mask_blur / 2)
    facts = {"Outpainting pixels": str(pixels), "Outpainting direction": ", ".join(sides)}
    count, made = request.batch_count * request.batch_size, list[GeneratedImage]()
    for number in range(count):
        tiles = dict[Box, GeneratedImage]()
        for index, box in enumerate(new, start=number * len(new)):
            asked = tile_of(request, canvas.image, box, mask, index)
            (tiles[box],) = ports.draw(asked, index, count * len(new)).images
        pictures = [(box, tiles[box].image if box in tiles else canvas.image.crop(box)) for box in boxes]
        result = combined(pictures, Size(*canvas.image.size)).crop(canvas.box)
        made.append(ports.keep(result, tiles[new[0]], facts))
    return Result(images=tuple(made))
