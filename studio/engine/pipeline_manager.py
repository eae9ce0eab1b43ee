"""Models by their titles: loaded once, kept within the memory budget, and as diffusers' pipelines where wanted.

A new family of models is a row of `families.py`.
"""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

import torch

from studio.catalog.checkpoints import Checkpoint
from studio.catalog.networks import NetworkFile, Networks
from studio.devices.device import LOW, Device
from studio.devices.memory import ModelMemory, bytes_of
from studio.domain.errors import BrokenFile, IncompatibleModel, ModelMissing
from studio.domain.registry import Registry
from studio.engine.families import FAMILIES, Family
from studio.engine.loading import Parts, build, folder_parts
from studio.engine.models import Model, Network, TextEncoder, cast_network, unet_in_use, vae_dtype
from studio.engine.packing import is_packed, pack
from studio.engine.previews import read_small
from studio.engine.single_file import file_parts
from studio.engine.small_weights import OFF, is_shrunk, shrink
from studio.engine.vae_files import NONE, with_chosen_vae
from studio.prompt.tokens import Vocabulary, read_vocabulary
from studio.sampling.trained import stable_diffusion, zero_terminal_snr

T = TypeVar("T")
SHARE_OF_ONE = 0.75  # of the budget: a packed model leaves room for what it is used with, such as a ControlNet
VELOCITY = -1.0  # mean distance from the input, as A1111 tells the two apart


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """`configs` holds a folder for each architecture, and `tokenizer`. `compiled` keeps compiled code."""

    configs: Path
    compiled: Path | None = None


class PipelineManager:
    """`checkpoints` and `networks` list anew at each use, so that a file that has just come counts.

    `loading` is held while weights are loaded: diffusers and transformers change torch's default precision meanwhile.
    """

    def __init__(
        self,
        device: Device,
        memory: ModelMemory,
        checkpoints: Callable[[], Registry[Checkpoint]],
        places: Places,
        networks: Networks | None = None,
    ) -> None:
        self.device, self.networks = device, networks or Networks()
        self._memory, self._checkpoints, self._places = memory, checkpoints, places
        self.loading = threading.RLock()

    def checkpoint(self, title: str) -> Checkpoint:
        """Raises ModelMissing where it is gone, BrokenFile where it cannot be used."""
        known = self._checkpoints()
        if title not in known:
            raise ModelMissing(f"The checkpoint {title!r} is not there any more", file=title, folder="models")
        found = known[title]
        if found.problem:
            raise BrokenFile(found.problem, file=found.path.name)
        return found

    def load(self, title: str, vae: str = NONE, fp8: str = OFF) -> Model:
        """Ready for use, with the VAE that a setting names, its UNet in FP8 where another one says so.

        Raises ModelMissing, BrokenFile, IncompatibleModel, BadRequest.
        """
        checkpoint = self.checkpoint(title)
        family = FAMILIES.get(checkpoint.architecture)
        if family is None:
            message = f"{checkpoint.name} is a {checkpoint.architecture} model, which the engine `studio` cannot run"
            known = ", ".join(FAMILIES)
            raise IncompatibleModel(
                f"{message}. Choose the engine `diffusers`, or one of {known}", file=checkpoint.name
            )
        about = checkpoint.path.stat()
        is_small = is_shrunk(fp8, checkpoint.architecture)
        key = ("checkpoint", checkpoint.path, about.st_mtime_ns, about.st_size, checkpoint.prediction, is_small)
        size = weight_bytes(checkpoint.path)
        model = self.keep(key, lambda: self._load(checkpoint, family, key, is_small), model_bytes, size)
        return with_chosen_vae(model, vae, self.networks, self._places.configs, self._keep_vae)

    def _keep_vae(self, file: NetworkFile, load: Callable[[], Network]) -> Network:
        return self.keep_network(("vae", file.key), load)

    def keep(self, key: Hashable, load: Callable[[], T], size: Callable[[T], int], expected: int = 0) -> T:
        """Any weights, within the budget; see `ModelMemory.get`. Loaded amid drawing they are as any others."""

        def loaded() -> T:
            with self.loading, torch.inference_mode(False):
                return load()

        return self._memory.get((self.device.torch_device, key), loaded, size, expected)

    def keep_network(self, key: Hashable, load: Callable[[], Network]) -> Network:
        """One network, by its own size."""
        return self.keep(key, load, lambda network: bytes_of(network))

    def small_decoder(self, model: Model) -> Network | None:
        """TAESD for the model's latents (Bohan 2023); None where its file is not there or not whole."""
        name = "taesdxl_decoder" if model.architecture in ("sdxl", "refiner") else "taesd_decoder"
        file = self.networks.small_decoder(name)
        return None if file is None else self.keep_network(("preview", file.key), lambda: read_small(file.path, model))

    def make_room(self, title: str) -> None:
        """Drops all weights but those of one checkpoint."""
        path = self.checkpoint(title).path
        self._memory.keep_only(lambda key: isinstance(key, tuple) and path in cast("Any", key[1]))

    def forget(self) -> None:
        """Drops all weights; what is in use goes when it is done with."""
        self._memory.clear()

    def vocabulary(self, folder: Path | None = None) -> Vocabulary:
        own = folder / "tokenizer" if folder else None
        place = own if own and (own / "merges.txt").is_file() else self._places.configs / "tokenizer"
        return self.keep(("vocabulary", place), lambda: read_vocabulary(place), lambda _: 8 * 2**20)

    def _load(self, checkpoint: Checkpoint, family: Family, key: Hashable, is_small: bool) -> Model:
        path, device = checkpoint.path, self.device
        parts = folder_parts(path) if path.is_dir() else file_parts(path, family, self._places.configs)
        vocabulary = self.vocabulary(path if path.is_dir() else None)
        setting = Setting(device=device, vocabulary=vocabulary, key=key, is_small=is_small)
        model = assembled(checkpoint, family, parts, setting)
        if is_small:
            model.lock.merging.dtype = device.dtype
        elif device.is_packed and model_bytes(model) + bytes_of(model.unet) <= self._memory.budget * SHARE_OF_ONE:
            pack(model.unet)
        return model


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    device: Device
    vocabulary: Vocabulary
    key: Hashable
    is_small: bool


def assembled(checkpoint: Checkpoint, family: Family, parts: Parts, setting: Setting) -> Model:
    device, vocabulary = setting.device, setting.vocabulary
    built = {
        kind: build(each, device.home, device.is_channels_last, checkpoint.name, device.dtype)
        for kind, each in parts.networks.items()
    }
    if setting.is_small:
        shrink(built["unet"], device.torch_device)
    if device.memory_mode == LOW and device.home != device.torch_device:
        built["unet"].enable_group_offload(
            onload_device=device.torch_device, offload_device=device.home, offload_type="leaf_level"
        )
    vae = cast_network(built["vae"], vae_dtype(built["vae"], device)) if "vae" in built else None
    for rule in family.encoders:
        if rule.kind not in built:
            raise ModelMissing(f"{checkpoint.name} holds no text encoder ({rule.kind})", file=checkpoint.name)
    return Model(
        checkpoint=with_prediction(checkpoint, built["unet"], device),
        device=device,
        unet=built["unet"],
        vae=vae,
        encoders=tuple(
            TextEncoder(
                network=built[rule.kind],
                name=rule.vectors,
                pad=0 if rule.pads_with_zero else vocabulary.end,
                takes_penultimate=rule.takes_penultimate,
                has_pooled=rule.has_pooled,
                obeys_clip_skip=rule.obeys_clip_skip,
            )
            for rule in family.encoders
        ),
        vocabulary=vocabulary,
        levels=zero_terminal_snr() if checkpoint.has_zero_terminal_snr else stable_diffusion(),
        scheduler=parts.scheduler,
        vae_path=None,
        key=setting.key,
    )


def with_prediction(checkpoint: Checkpoint, unet: Network, device: Device) -> Checkpoint:
    """Nothing in the names of SD 2's tensors tells what they predict, but their answer to a clean picture does.

    At the noisiest time one that predicts noise answers with its input, one that predicts velocity with less of it.
    """
    if checkpoint.architecture != "sd2" or checkpoint.prediction == "v" or checkpoint.path.is_dir():
        return checkpoint
    x = torch.full((1, unet.config.in_channels, 8, 8), 0.5, device=device.torch_device, dtype=device.dtype)
    text = torch.zeros(1, 2, unet.config.cross_attention_dim, device=device.torch_device, dtype=device.dtype)
    with torch.inference_mode(), unet_in_use(unet, device):
        answer = unet(x, torch.tensor(999), encoder_hidden_states=text, return_dict=False)[0]
    is_velocity = float((answer.float() - 0.5).mean()) < VELOCITY
    return replace(checkpoint, prediction="v") if is_velocity else checkpoint


def model_bytes(model: Model) -> int:
    vae = [model.vae] if model.vae is not None else []
    packed = [model.unet] if is_packed(model.unet) else []  # once more, in the other layout
    return bytes_of(model.unet, *packed, *vae, *(encoder.network for encoder in model.encoders))


def weight_bytes(path: Path) -> int:
    """What a checkpoint takes on the disk."""
    files = path.rglob("*.safetensors") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)


def stock_scheduler(model: Model) -> dict[str, Any]:
    """Diffusers' configuration of the noise that the model was trained with."""
    usual = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}
    prediction = "v_prediction" if model.predicts_velocity else "epsilon"
    return usual | {
        "prediction_type": prediction,
        "rescale_betas_zero_snr": model.checkpoint.has_zero_terminal_snr,
        "clip_sample": False,
        "steps_offset": 1,
    }
