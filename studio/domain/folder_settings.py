"""Where pictures are kept. A kind of picture with a folder of its own is one line of `OWN` and one setting."""

from dataclasses import dataclass

from studio.domain.fields import Check, Text
from studio.domain.saving_settings import SavingSettings
from studio.domain.setting import setting

SECTION = "Paths for saving"
OWN = {
    "txt2img": "txt2img_folder",
    "img2img": "img2img_folder",
    "extras": "extras_folder",
    "txt2img-grid": "txt2img_grids_folder",
    "img2img-grid": "img2img_grids_folder",
    "input": "inputs_folder",
}
"""Kind of picture -> the attribute that names its folder."""


def folder(name: str, label: str, info: str) -> str:
    """Nobody may name folders of this machine over the API."""
    return setting(SECTION, Text(name=name, label=label, default="", info=info), is_api_settable=False)


def usual(name: str) -> str:
    return f"empty: {name} in the outputs folder"


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderSettings(SavingSettings):
    """A folder is absolute, or lies in the data folder; empty where nothing was said."""

    pictures_folder: str = folder(
        "outdir_samples", "Output directory for images", "one for all kinds; empty: see below"
    )
    txt2img_folder: str = folder(
        "outdir_txt2img_samples", "Output directory for txt2img images", usual("txt2img-images")
    )
    img2img_folder: str = folder(
        "outdir_img2img_samples", "Output directory for img2img images", usual("img2img-images")
    )
    extras_folder: str = folder(
        "outdir_extras_samples", "Output directory for images from extras tab", usual("extras-images")
    )
    grids_folder: str = folder("outdir_grids", "Output directory for grids", "one for all kinds; empty: see below")
    txt2img_grids_folder: str = folder(
        "outdir_txt2img_grids", "Output directory for txt2img grids", usual("txt2img-grids")
    )
    img2img_grids_folder: str = folder(
        "outdir_img2img_grids", "Output directory for img2img grids", usual("img2img-grids")
    )
    saves_inputs: bool = setting(
        "Saving images", Check(name="save_init_img", label="Save init images when using img2img", default=False)
    )
    inputs_folder: str = folder("outdir_init_images", "Directory for saving init images", usual("init-images"))

    def folder_of(self, kind: str) -> str:
        """Of a kind of picture; empty where it is the usual one."""
        shared = {"txt2img": self.pictures_folder, "img2img": self.pictures_folder, "extras": self.pictures_folder}
        shared |= {"txt2img-grid": self.grids_folder, "img2img-grid": self.grids_folder}
        own: str = getattr(self, OWN[kind]) if kind in OWN else ""
        return shared.get(kind, "") or own
