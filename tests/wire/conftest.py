"""What bodies are read with in these tests: pictures whose base64 is "white:8x6", and two scripts."""

from PIL import Image

from studio.domain.errors import BrokenFile, UnknownScript
from studio.domain.fields import Check, Note, Picture, Slider
from studio.domain.registry import Registry
from studio.domain.request import GenerationRequest
from studio.domain.result import Result
from studio.domain.things import ScriptPorts, script
from studio.wire.reading import Reading


@script(
    "Stamp",
    Note(name="info", label="What it does"),
    Slider(name="overlap", label="Tile overlap", minimum=0, maximum=256, step=16, default=64),
    Check(name="turned", label="Turned", default=False),
    Picture(name="picture", label="Picture"),
    aliases=("stamper",),
)
def stamp(
    request: GenerationRequest, ports: ScriptPorts, *, overlap: int, turned: bool, picture: Image.Image | None
) -> Result:
    return ports.generate(request, 0, 1)


@script("Only img2img", is_txt2img=False)
def only_img2img(request: GenerationRequest, ports: ScriptPorts) -> Result:
    return ports.generate(request, 0, 1)


def load(text: str) -> Image.Image:
    colour, _, size = text.removeprefix("data:image/png;base64,").partition(":")
    width, _, height = size.partition("x")
    if not height:
        raise BrokenFile(f"{text!r} is no picture")
    return Image.new("RGB", (int(width), int(height)), colour)


def name_of(image: Image.Image) -> str:
    """What `load` makes the picture from."""
    red, green, blue = image.getpixel((0, 0))  # pyright: ignore[reportGeneralTypeIssues]
    return f"#{red:02x}{green:02x}{blue:02x}:{image.width}x{image.height}"


READING = Reading(load=load, scripts=Registry("script", [stamp, only_img2img], UnknownScript))
