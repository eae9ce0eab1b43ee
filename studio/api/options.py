"""/sdapi/v1/options: the settings, by A1111's keys. A setting is declared in `domain/settings.py` and stands here."""

from typing import Any

from fastapi import APIRouter

from studio.domain.errors import StudioError
from studio.planning.installed import pick_checkpoint
from studio.studio import Studio
from studio.wire.options import known_options

CHECKPOINT = "sd_model_checkpoint"


def routes(studio: Studio) -> APIRouter:
    router = APIRouter(tags=["options"])

    @router.get("/sdapi/v1/options")
    def get_options() -> dict[str, Any]:
        """The checkpoint is the one that is used, also where none was chosen."""
        options = studio.settings.get().as_options()
        try:
            used = pick_checkpoint(options[CHECKPOINT], studio.checkpoints())
        except StudioError:  # none there, or not any more
            return {**options, "sd_checkpoint_hash": ""}
        return {**options, CHECKPOINT: used.title, "sd_checkpoint_hash": used.sha256}

    @router.post("/sdapi/v1/options")
    def set_options(given: dict[str, Any]) -> None:
        """All of them or none. An unknown checkpoint or VAE is refused."""
        changes = known_options(given)
        if changes.get(CHECKPOINT):
            changes[CHECKPOINT] = pick_checkpoint(str(changes[CHECKPOINT]), studio.checkpoints()).title
        studio.networks.named_vae(str(changes.get("sd_vae", "")))
        studio.settings.change(changes)

    return router
