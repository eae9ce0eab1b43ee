"""Finished pictures as files that say how they were made. Another file format is another branch of `encoded`."""

import io

from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

SUFFIXES = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP", "avif": "AVIF"}
"""What may be asked for, and Pillow's name of it."""


def encoded(image: Image.Image, infotext: str, suffix: str = "png", quality: int = 80, lossless: bool = False) -> bytes:
    """The bytes of a file. PNG, and lossless WebP, give every byte of the picture back.

    The infotext stands under "parameters" in PNG, else in the EXIF UserComment, as A1111 writes it. JPEG knows no
    alpha: what is transparent there shows its colour. Raises KeyError for another suffix.
    """
    kind, buffer = SUFFIXES[suffix.lower().lstrip(".")], io.BytesIO()
    if kind == "PNG":
        image.save(buffer, kind, pnginfo=png_text(infotext))
        return buffer.getvalue()
    options = {"quality": quality, "exif": exif_comment(infotext)} if infotext else {"quality": quality}
    if kind == "WEBP":
        options |= {"lossless": lossless, "exact": lossless}
    (image.convert("RGB") if kind == "JPEG" else image).save(buffer, kind, **options)
    return buffer.getvalue()


def png_text(infotext: str) -> PngInfo:
    text = PngInfo()
    if infotext:
        text.add_text("parameters", infotext)
    return text


def exif_comment(infotext: str) -> bytes:
    exif = Image.Exif()
    comment = b"UNICODE\0" + infotext.encode("utf-16-be", "replace")
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = comment
    return exif.tobytes()
