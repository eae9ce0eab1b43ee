"""What the masked area holds before it is redrawn (features.md 2.6). Another content is another function here."""

from PIL import Image, ImageFilter, ImageOps

BLURS = ((256, 1), (64, 1), (16, 2), (4, 4), (2, 2), (0, 1))
"""(radius, how often it is laid on), coarse to fine; the last is the picture itself."""


def filled(picture: Image.Image, mask: Image.Image) -> Image.Image:
    """RGB. The masked area holds the blurred colours of what is around it; what the mask leaves at 0 stays exact."""
    kept = Image.new("RGBa", picture.size)
    kept.paste(picture.convert("RGBA").convert("RGBa"), mask=ImageOps.invert(mask))
    result = Image.new("RGBA", picture.size)
    for radius, times in BLURS:
        layer = kept.filter(ImageFilter.GaussianBlur(radius)).convert("RGBA")
        for _ in range(times):
            result.alpha_composite(layer)
    return result.convert("RGB")
