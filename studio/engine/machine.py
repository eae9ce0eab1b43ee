"""The device, its memory and the engines on it, as one. Importing this module imports torch and diffusers."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

from studio.catalog.checkpoints import Checkpoint
from studio.catalog.controlnets import ControlNet
from studio.catalog.networks import Networks
from studio.devices.device import DeviceOptions, choose_device
from studio.devices.memory import ModelMemory, bytes_of, default_budget
from studio.domain.plan import Drawn, Prepared
from studio.domain.ports import Engine, Progress, Upscale
from studio.domain.registry import Registry
from studio.domain.things import Sampler
from studio.engine.compiling import Compiler
from studio.engine.denoising_engine import DenoisingEngine
from studio.engine.families import FAMILIES
from studio.engine.hooks.control_latents import control_latent_hooks
from studio.engine.hooks.controlnet import controlnet_hooks
from studio.engine.hooks.ip_adapter import ip_adapter_hooks
from studio.engine.hooks.reference import reference_hooks
from studio.engine.hooks.token_merging import token_merging_hooks
from studio.engine.pipeline_manager import PipelineManager, Places
from studio.engine.stock_engine import StockEngine


class DeviceMachine:
    """The engine that a job's setting names runs it; all engines and rooms share the models in memory."""

    def __init__(self, models: PipelineManager, engines: Mapping[str, Engine]) -> None:
        self._models, self._engines = models, engines

    def run(self, prepared: Prepared, progress: Progress) -> Iterator[Drawn]:
        return self._engines[prepared.plan.settings.engine].run(prepared, progress)

    def keep(self, key: Hashable, load: Callable[[Any], Any]) -> Any:
        """Of networks that are no part of a checkpoint: annotators, upscalers."""
        device = self._models.device.torch_device
        return self._models.keep(key, lambda: load(device), size_of)

    def warm(self, checkpoint: str, vae: str, fp8: str) -> None:
        """What the engine `studio` would load; those that only diffusers runs are loaded by their first job."""
        if self._models.checkpoint(checkpoint).architecture in FAMILIES:
            self._models.load(checkpoint, vae, fp8)

    def unload(self) -> None:
        self._models.forget()


def size_of(network: Any) -> int:
    """Bytes; 0 for what does not say."""
    modules = [getattr(network, "model", network)]
    return bytes_of(*(module for module in modules if hasattr(module, "parameters")))


def make_machine(
    options: DeviceOptions,
    places: Places,
    checkpoints: Callable[[], Registry[Checkpoint]],
    controlnets: Callable[[], Registry[ControlNet]],
    networks: Networks,
    samplers: Registry[Sampler],
    upscale: Upscale,
    vision_path: Callable[[str], Path],
) -> DeviceMachine:
    """`vision_path` finds the weights of a CLIP network by its name, or raises ModelMissing."""
    device = choose_device(options)
    memory = ModelMemory(default_budget(device.torch_device))
    models = PipelineManager(device, memory, checkpoints, places, networks)
    makers = [
        controlnet_hooks(lambda name: controlnets()[name]),
        reference_hooks,
        ip_adapter_hooks(lambda name: controlnets()[name], vision_path),
        control_latent_hooks,
        token_merging_hooks,
    ]
    engines = {
        "studio": DenoisingEngine(models, samplers, upscale, makers, Compiler(places.compiled, loading=models.loading)),
        "diffusers": StockEngine(models, lambda name: controlnets()[name]),
    }
    return DeviceMachine(models, engines)
