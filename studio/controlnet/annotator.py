"""The one way to run a preprocessor: its arguments made complete, its weights at hand, and what it gave remembered."""

import hashlib
import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from PIL.Image import Image

from studio.catalog.bringing import Tell
from studio.controlnet.weights import Weights
from studio.domain.errors import BadRequest
from studio.domain.fields import Field, Note, Slider, Value
from studio.domain.registry import Registry
from studio.domain.things import Preprocessor

DEFAULT_RESOLUTION = 512
RESOLUTIONS = Slider(name="resolution", label="Resolution", minimum=64, maximum=2048, step=8, default=512)
REMEMBERED = 16

Key = tuple[str, int, str, tuple[int, int], bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Annotator:
    """The port of `domain/ports.py`. What was asked last is answered from memory: hires fix, batches and previews ask
    for the same map again and again."""

    preprocessors: Registry[Preprocessor]
    weights: Weights
    remembered: "OrderedDict[Key, Image]" = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def annotate(self, preprocessor: str, image: Image, resolution: int, arguments: Mapping[str, Value]) -> Image:
        """The control map (RGB) of a picture. Raises UnknownName, ModelMissing, BadRequest.

        `arguments` go by field name, or by A1111's `threshold_a` and `threshold_b` for the first and second slider.
        What lies outside a field's range, -1 above all, asks for its default, as in the API (features.md 3.1).
        Preprocessors that fill what is masked find the mask in the alpha of an RGBA picture; BadRequest without one.
        """
        chosen = self.preprocessors[preprocessor]
        complete = completed(chosen, arguments)
        shorter = resolution if within(RESOLUTIONS, resolution) else default_resolution(chosen)
        digest = hashlib.sha256(image.tobytes()).digest()
        key: Key = (chosen.name, shorter, repr(sorted(complete.items())), image.size, digest)
        with self.lock:
            if key in self.remembered:
                self.remembered.move_to_end(key)
                return self.remembered[key]
        found = self.detect(chosen, seen_by(chosen, image), shorter, complete)
        with self.lock:
            self.remembered[key] = found
            while len(self.remembered) > REMEMBERED:
                self.remembered.popitem(last=False)
        return found

    def missing(self, preprocessor: str) -> tuple[str, ...]:
        """The weight files that it would need and that are not there. Raises UnknownName."""
        return tuple(name for name in self.preprocessors[preprocessor].needs if self.weights.find(name) is None)

    def fetch(self, preprocessor: str, tell: Tell) -> None:
        """Brings what is missing from where it is published. Raises ModelMissing, BrokenFile, StudioError."""
        for name in self.missing(preprocessor):
            self.weights.fetch(name, tell)

    def detect(self, chosen: Preprocessor, image: Image, resolution: int, arguments: Mapping[str, Value]) -> Image:
        if chosen.needs:
            return chosen.detect(image, resolution, self.weights, **arguments)
        return chosen.detect(image, resolution, **arguments)


def seen_by(chosen: Preprocessor, image: Image) -> Image:
    if not chosen.takes_mask:
        return image.convert("RGB")
    if image.mode != "RGBA":
        message = f"{chosen.label} needs a mask. Paint over what it shall fill"
        raise BadRequest(message, field="mask", allowed="a mask")
    return image


def default_resolution(preprocessor: Preprocessor) -> int:
    return preprocessor.resolution if preprocessor.has_resolution else DEFAULT_RESOLUTION


def sliders(preprocessor: Preprocessor) -> list[Slider]:
    """The sliders that A1111 calls threshold_a and threshold_b, in this order."""
    return [each for each in preprocessor.fields if isinstance(each, Slider)]


def completed(preprocessor: Preprocessor, given: Mapping[str, Value]) -> dict[str, Value]:
    """Every field of the preprocessor with its value. Names that it does not have are left out."""
    by_position = dict(zip(("threshold_a", "threshold_b"), sliders(preprocessor), strict=False))
    named = {by_position[name].name if name in by_position else name: value for name, value in given.items()}
    inputs = [each for each in preprocessor.fields if not isinstance(each, Note)]
    return {each.name: checked_or_default(each, named) for each in inputs}


def checked_or_default(field: Field, given: Mapping[str, Value]) -> Value:
    value = given.get(field.name, field.default)
    if isinstance(field, Slider) and not within(field, value):
        value = field.default
    return field.check(value)


def within(field: Slider, value: Value) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return is_number and field.minimum <= value <= field.maximum
