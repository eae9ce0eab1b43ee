"""The body of /sdapi/v1/img2img (features.md 4.3). A parameter is a field, and its use in `to_request`.

Beyond A1111's there are `keep_original_size` and `colour_match`.
"""

from typing import Any

from pydantic import Field, field_validator

from studio.domain.errors import BadRequest, PictureMissing
from studio.domain.fields import Value
from studio.domain.geometry import Size
from studio.domain.request import (
    ColourMatch,
    GenerationRequest,
    InitImage,
    Mask,
    MaskedContent,
    ResizeMode,
    SoftInpainting,
)
from studio.wire.generation import GenerationBody, choice
from studio.wire.reading import Reading, as_list

RESIZE_MODES = tuple(mode.value for mode in ResizeMode)
CONTENTS = tuple(content.value for content in MaskedContent)


class Img2ImgBody(GenerationBody):
    init_images: list[str] = Field(default_factory=list[str])
    resize_mode: int | str = 0
    image_cfg_scale: float = Field(default=1.5, ge=0, le=30)
    mask: str | None = None
    mask_blur: float | None = None
    mask_blur_x: float = 4
    mask_blur_y: float = 4
    mask_round: bool = True
    inpainting_fill: int | str = 0
    inpaint_full_res: bool = True
    inpaint_full_res_padding: int = 0
    inpainting_mask_invert: bool = False
    initial_noise_multiplier: float | None = None
    latent_mask: str | None = None
    include_init_images: bool = False
    keep_original_size: bool = False
    colour_match: str = ColourMatch.none.value

    @field_validator("init_images", mode="before")
    @classmethod
    def as_list(cls, given: Any) -> Any:
        """One picture by itself will do."""
        return as_list(given)

    def to_request(self, reading: Reading) -> GenerationRequest:
        """Raises PictureMissing, BadRequest, BrokenFile, UnknownScript."""
        parts = self.to_parts(reading, is_img2img=True)
        return GenerationRequest(
            prompt=self.prompt,
            negative_prompt=self.negative_prompt,
            styles=tuple(self.styles),
            size=Size(self.width, self.height),
            batch_count=self.n_iter,
            batch_size=self.batch_size,
            sampling=parts.sampling,
            init=self.to_init(reading),
            mask=self.to_mask(reading, parts.soft),
            hires=None,
            refiner=parts.refiner,
            controls=parts.controls,
            regions=parts.regions,
            script=parts.script,
            always_on=(),
            settings=parts.settings,
        )

    def to_init(self, reading: Reading) -> InitImage:
        pictures = [each for each in self.init_images if each]
        if not pictures:
            raise PictureMissing(
                "Init image not found: put the picture to redraw into init_images", field="init_images"
            )
        if len(pictures) > 1:
            message = "init_images holds several pictures. Send one request for each; they wait in the queue"
            raise BadRequest(message, field="init_images", allowed="one picture")
        return InitImage(
            image=reading.load(pictures[0]),
            strength=self.denoising_strength,
            resize_mode=ResizeMode(choice(RESIZE_MODES, self.resize_mode, "resize_mode")),
            keep_original_size=self.keep_original_size,
            image_cfg_scale=self.image_cfg_scale,
        )

    def to_mask(self, reading: Reading, soft: SoftInpainting | None) -> Mask | None:
        if self.latent_mask:
            raise BadRequest("latent_mask is not supported; send the mask as mask", field="latent_mask")
        if not self.mask:
            return None
        both = self.mask_blur
        return Mask(
            image=reading.load(self.mask),
            blur_x=self.mask_blur_x if both is None else both,
            blur_y=self.mask_blur_y if both is None else both,
            inverted=self.inpainting_mask_invert,
            only_masked=self.inpaint_full_res,
            padding=self.inpaint_full_res_padding,
            content=MaskedContent(choice(CONTENTS, self.inpainting_fill, "inpainting_fill")),
            rounded=self.mask_round,
            colour_match=ColourMatch(choice(tuple(ColourMatch), self.colour_match, "colour_match")),
            soft=soft,
        )

    def settings_in_fields(self) -> dict[str, Value]:
        fields = super().settings_in_fields()
        if self.initial_noise_multiplier is not None:
            fields["initial_noise_multiplier"] = self.initial_noise_multiplier
        return fields
