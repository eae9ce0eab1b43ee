"""Enlarges a picture and redraws it tile by tile, so that details appear that a small picture cannot hold."""

from PIL.Image import Image, Resampling

from studio.domain.errors import BadRequest
from studio.domain.fields import Choice, Note, Slider
from studio.domain.geometry import Size
from studio.domain.request import GenerationRequest
from studio.domain.result import GeneratedImage, Result
from studio.domain.things import ScriptPorts, script
from studio.imaging.load import flattened
from studio.imaging.tiles import combined, tile_boxes, tile_of


@script(
    "SD upscale",
    Note(name="about", label="Redraws tiles of Width x Height; a denoising strength of 0.2 to 0.4 keeps the picture"),
    Slider(name="overlap", label="Tile overlap", minimum=0, maximum=256, step=16, default=64),
    Choice(name="upscaler", label="Upscaler", options="upscalers", default="Lanczos"),
    Slider(name="scale", label="Scale Factor", minimum=1.0, maximum=4.0, step=0.05, default=2.0),
    is_txt2img=False,
)
def sd_upscale(request: GenerationRequest, ports: ScriptPorts, *, overlap: int, upscaler: str, scale: float) -> Result:
    """One picture per batch."""
    if request.init is None:
        raise BadRequest("SD upscale needs a picture to enlarge", field="init_images")
    large = ports.upscale(flattened(request.init.image, "#ffffff"), scale, upscaler)
    facts = {"SD upscale overlap": str(overlap), "SD upscale upscaler": upscaler}
    made = [redrawn(request, ports, large, overlap, batch) for batch in range(request.batch_count)]
    return Result(images=tuple(ports.keep(image, like, facts) for image, like in made))


def redrawn(
    request: GenerationRequest, ports: ScriptPorts, large: Image, overlap: int, batch: int
) -> tuple[Image, GeneratedImage]:
    """The large picture, redrawn, and one of its tiles, which tells how. A mask plays no part here."""
    size = Size(*large.size)
    check_overlap(size, request.size, overlap)
    boxes = tile_boxes(size, request.size, overlap)
    tiles = list[GeneratedImage]()
    for index, box in enumerate(boxes):
        asked = tile_of(request, large, box, None, batch + index)
        tiles += ports.draw(asked, batch * len(boxes) + index, request.batch_count * len(boxes)).images
    pictures = [tile.image.resize(box.size, Resampling.LANCZOS) for tile, box in zip(tiles, boxes, strict=True)]
    return combined(zip(boxes, pictures, strict=True), size), tiles[0]


def check_overlap(size: Size, tile: Size, overlap: int) -> None:
    """Tiles that overlap as a whole would follow each other pixel by pixel, thousands of them. Raises BadRequest."""
    cut = [of_tile for of_tile, whole in zip(tile, size, strict=True) if of_tile < whole]
    if cut and overlap >= min(cut):
        message = f"SD upscale: tiles of {tile.width}x{tile.height} cannot overlap by {overlap} pixels"
        raise BadRequest(f"{message}. Take less, or larger tiles", field="overlap", allowed=f"less than {min(cut)}")
