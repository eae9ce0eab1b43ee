"""What is set about files: formats, names, folders, what else is kept or shown. A setting is one line of the class."""

import re
from dataclasses import dataclass

from studio.domain.drawing_settings import DrawingSettings
from studio.domain.fields import Check, Choice, Slider, Text
from studio.domain.setting import setting

FORMATS = ("png", "jpg", "jpeg", "webp", "avif")
TOKENS = (
    "seed", "seed_first", "seed_last", "steps", "cfg", "width", "height", "styles", "sampler", "sampler_scheduler",
    "scheduler", "model_hash", "model_name", "date", "datetime", "job_timestamp", "prompt_hash",
    "negative_prompt_hash", "full_prompt_hash", "prompt", "prompt_no_styles", "prompt_spaces", "prompt_words",
    "batch_number", "batch_size", "generation_number", "hasprompt", "clip_skip", "denoising", "user", "vae_filename",
    "none", "image_hash", "basename",
)  # fmt: skip
"""What names may be made of (features.md 2.20); `prompt/names.py` says what each stands for."""

TOKEN = rf"\[(?i:{'|'.join(map(re.escape, TOKENS))})(?:<[^<>\[\]]*>)*\]"
KNOWN = ", ".join(f"[{token}]" for token in TOKENS)


@dataclass(frozen=True, kw_only=True, slots=True)
class SavingSettings(DrawingSettings):
    """The section "Saving images", and what inpainting shows beside its results."""

    saves_pictures: bool = setting(
        "Saving images", Check(name="samples_save", label="Always save all results", default=True)
    )
    picture_format: str = setting(
        "Saving images",
        Choice(
            name="samples_format",
            label="File format for images",
            options=FORMATS,
            default="png",
            info="png keeps every pixel; jpg, avif and (unless lossless) webp change all of them a little",
        ),
    )
    quality: int = setting(
        "Saving images",
        Slider(
            name="jpeg_quality",
            label="Quality for saved jpeg, webp and avif images",
            minimum=1,
            maximum=100,
            default=80,
        ),
    )
    is_webp_lossless: bool = setting(
        "Saving images",
        Check(name="webp_lossless", label="Use lossless compression for webp images", default=False),
    )
    name_pattern: str = setting(
        "Saving images",
        Text(
            name="samples_filename_pattern",
            label="Images filename pattern",
            default="",
            pattern=rf"(?:[^\[/\\]|{TOKEN})*",
            example=f"a file's name, made of text without / and \\ and of {KNOWN}",
            info="empty: [seed] in subfolders, else [seed]-[prompt_spaces]. A name that is taken gets a number",
        ),
    )
    is_numbered: bool = setting(
        "Saving images",
        Check(name="save_images_add_number", label="Add number to filename when saving", default=True),
    )
    has_subfolders: bool = setting(
        "Saving images", Check(name="save_to_dirs", label="Save images to a subdirectory", default=True)
    )
    folder_pattern: str = setting(
        "Saving images",
        Text(
            name="directories_filename_pattern",
            label="Directory name pattern",
            default="[date]",
            pattern=rf"(?:[^\[]|{TOKEN})*",
            example=f"a folder's name, made of text and of {KNOWN}",
            info="/ makes a folder within a folder",
        ),
    )
    saves_incomplete: bool = setting(
        "Saving images",
        Check(
            name="save_incomplete_images",
            label="Save interrupted images",
            default=False,
            info="Interrupt and Skip show what was drawn so far of the picture at hand; this saves it too",
        ),
    )
    saves_grids: bool = setting("Saving images", Check(name="grid_save", label="Always save all grids", default=True))
    grid_format: str = setting(
        "Saving images", Choice(name="grid_format", label="File format for grids", options=FORMATS, default="png")
    )
    has_grid_subfolders: bool = setting(
        "Saving images", Check(name="grid_save_to_dirs", label="Save grids to a subdirectory", default=True)
    )
    shows_grids: bool = setting(
        "Saving images",
        Check(
            name="return_grid",
            label="Show grid in results for web",
            default=False,
            info="behind the pictures of a job that has several",
        ),
    )
    has_infotext: bool = setting(
        "Saving images",
        Check(name="enable_pnginfo", label="Write generation parameters into the files", default=True),
    )
    writes_texts: bool = setting(
        "Saving images",
        Check(
            name="save_txt",
            label="Create a text file with generation parameters next to every image",
            default=False,
        ),
    )
    saves_masks: bool = setting(
        "Saving images",
        Check(name="save_mask", label="For inpainting, save a copy of the greyscale mask", default=False),
    )
    saves_cut_outs: bool = setting(
        "Saving images",
        Check(name="save_mask_composite", label="For inpainting, save a masked composite", default=False),
    )
    shows_masks: bool = setting(
        "img2img",
        Check(
            name="return_mask",
            label="For inpainting, include the greyscale mask in results for web",
            default=False,
            info="as it mixes redrawn and original pixels",
        ),
    )
    shows_cut_outs: bool = setting(
        "img2img",
        Check(
            name="return_mask_composite",
            label="For inpainting, include masked composite in results for web",
            default=False,
            info="what was redrawn, alone on a transparent background",
        ),
    )

    @property
    def keeps_pixels(self) -> bool:
        """Whether the files of pictures hold every pixel as it was drawn."""
        return self.picture_format == "png" or (self.picture_format == "webp" and self.is_webp_lossless)
