"""The body of /sdapi/v1/txt2img (features.md 4.2). A parameter is a field, and its use in `to_request`."""

from studio.domain.geometry import Size
from studio.domain.old_names import split_sampler
from studio.domain.request import GenerationRequest, HiresFix
from studio.wire.generation import AUTOMATIC, GenerationBody
from studio.wire.reading import Reading

SAME = ("use same checkpoint", "use same sampler", "use same scheduler", "none")


class Txt2ImgBody(GenerationBody):
    enable_hr: bool = False
    firstphase_width: int = 0
    firstphase_height: int = 0
    hr_scale: float = 2.0
    hr_upscaler: str = "Latent"
    hr_second_pass_steps: int = 0
    hr_resize_x: int = 0
    hr_resize_y: int = 0
    hr_checkpoint_name: str | None = None
    hr_sampler_name: str | None = None
    hr_scheduler: str | None = None
    hr_prompt: str = ""
    hr_negative_prompt: str = ""

    def to_request(self, reading: Reading) -> GenerationRequest:
        """Raises BadRequest, BrokenFile, UnknownScript."""
        parts = self.to_parts(reading, is_img2img=False)
        return GenerationRequest(
            prompt=self.prompt,
            negative_prompt=self.negative_prompt,
            styles=tuple(self.styles),
            size=self.first_size(),
            batch_count=self.n_iter,
            batch_size=self.batch_size,
            sampling=parts.sampling,
            init=None,
            mask=None,
            hires=self.to_hires() if self.enable_hr else None,
            refiner=parts.refiner,
            controls=parts.controls,
            regions=parts.regions,
            script=parts.script,
            always_on=(),
            settings=parts.settings,
        )

    def has_old_hires(self) -> bool:
        """Old clients say the size of the first pass, and mean that of the second by width and height."""
        return self.enable_hr and bool(self.firstphase_width or self.firstphase_height)

    def first_size(self) -> Size:
        if not self.has_old_hires():
            return Size(self.width, self.height)
        return Size(self.firstphase_width or self.width, self.firstphase_height or self.height)

    def to_hires(self) -> HiresFix:
        sampler, old_schedule = split_sampler(other(self.hr_sampler_name))
        schedule = other(self.hr_scheduler)
        target = (self.width, self.height) if self.has_old_hires() else (self.hr_resize_x, self.hr_resize_y)
        return HiresFix(
            upscaler=self.hr_upscaler,
            scale=self.hr_scale,
            size=Size(*target),
            steps=self.hr_second_pass_steps,
            strength=self.denoising_strength,
            model=other(self.hr_checkpoint_name),
            sampler=sampler,
            schedule=old_schedule or ("" if schedule.lower() in AUTOMATIC else schedule),
            prompt=self.hr_prompt,
            negative_prompt=self.hr_negative_prompt,
        )


def other(name: str | None) -> str:
    """A name, empty for "as in the first pass"."""
    return "" if name is None or name.lower() in SAME else name
