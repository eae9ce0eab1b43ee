"""LoRA, VAE and embedding files. Another kind of network is a route."""

from typing import Any

from fastapi import APIRouter

from studio.catalog.networks import NetworkFile, Networks


def routes(networks: Networks) -> APIRouter:
    router = APIRouter(prefix="/sdapi/v1", tags=["models"])

    @router.get("/sd-vae")
    @router.get("/sd-modules")  # Forge's name
    def sd_vae() -> list[dict[str, str]]:
        return [{"model_name": each.name, "filename": str(each.path)} for each in networks.vaes()]

    @router.get("/loras")
    def loras() -> list[dict[str, Any]]:
        return [lora_answer(each, networks) for each in networks.loras()]

    @router.get("/embeddings")
    def embeddings() -> dict[str, Any]:
        return embeddings_answer(networks)

    return router


def lora_answer(file: NetworkFile, networks: Networks) -> dict[str, Any]:
    return {
        "name": file.name,
        "alias": networks.alias(file),
        "path": str(file.path),
        "metadata": dict(networks.metadata(file)),
    }


def embeddings_answer(networks: Networks) -> dict[str, Any]:
    """Skipped are those that cannot be used at all; whether one fits depends on the checkpoint of a job."""
    answers: dict[str, dict[str, Any]] = {"loaded": {}, "skipped": {}}
    for file in networks.embeddings():
        facts = networks.embedding_facts(file)
        answers["skipped" if facts.problem else "loaded"][file.name] = {
            "step": None,
            "sd_checkpoint": None,
            "sd_checkpoint_name": None,
            "shape": max((width for _, width in facts.widths), default=0),
            "vectors": facts.vectors,
        }
    return answers
