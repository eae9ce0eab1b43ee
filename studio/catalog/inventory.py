"""Every model file that is installed, and whether it can be used now. A new kind of file is one more group here."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from studio.catalog.architectures import NATIVE
from studio.catalog.checkpoints import Checkpoint
from studio.catalog.controlnets import BASES, ControlNet, base_name, text_width_of, total_size
from studio.catalog.network_facts import NetworkFacts
from studio.catalog.network_words import preferred_weight, trigger_words
from studio.catalog.networks import NetworkFile, Networks
from studio.domain.things import Upscaler

FAMILIES = {"sd1": BASES[768], "sd2": BASES[1024], "sdxl": BASES[2048], "refiner": "Stable Diffusion XL refiner"}


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """`kind` and `base` (the architecture) in plain words, `size` in bytes.

    `problem` says why the file cannot be used at all, `mismatch` why not with the chosen checkpoint; "" where nothing
    is known against it. `insert` is what switches it on in a prompt, `words` are its trigger words.
    """

    kind: str
    base: str
    size: int
    problem: str = ""
    mismatch: str = ""
    insert: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One file: listed without being opened; `about` reads its header. `path` may have a picture beside it."""

    name: str
    place: str
    about: Callable[[], About]
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The checkpoint that the next job would use; None where there is none."""

    checkpoint: Checkpoint | None

    def mismatch(self, text_width: int) -> str:
        """What a file for this width lacks; nothing where either is not known."""
        wanted = text_width_of(self.checkpoint) if self.checkpoint else 0
        if not self.checkpoint or not wanted or not text_width or text_width == wanted:
            return ""
        return f"For {base_name(text_width)}; the chosen checkpoint {self.checkpoint.name} is {base_name(wanted)}"


def checkpoint_items(checkpoints: Iterable[Checkpoint]) -> Iterator[Item]:
    for each in checkpoints:
        yield Item(name=each.name, place=place_of(each), about=lambda each=each: checkpoint_about(each), path=each.path)


def place_of(checkpoint: Checkpoint) -> str:
    """The title without its hash."""
    return checkpoint.title.partition(" [")[0]


def checkpoint_about(checkpoint: Checkpoint) -> About:
    kinds = {9: "inpainting", 8: "editing"}
    details = [kinds.get(checkpoint.in_channels, ""), "v-prediction" if checkpoint.prediction == "v" else ""]
    base = FAMILIES.get(checkpoint.architecture, checkpoint.architecture)
    is_foreign = bool(checkpoint.architecture) and checkpoint.architecture not in NATIVE
    return About(
        kind="Checkpoint",
        base=", ".join(each for each in (base, *details) if each),
        size=size_on_disk(checkpoint.path),
        problem=checkpoint.problem,
        mismatch="Runs with the engine `diffusers` only (Settings)" if is_foreign else "",
    )


def size_on_disk(path: Path) -> int:
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.exists())


def lora_items(networks: Networks, chosen: Chosen) -> Iterator[Item]:
    for each in networks.loras():
        about = partial(lora_about, each, networks, chosen)
        yield Item(name=each.name, place=each.relative, about=about, path=each.path)


def lora_about(file: NetworkFile, networks: Networks, chosen: Chosen) -> About:
    facts = networks.lora_facts(file)
    return About(
        kind=facts.kind,
        base=facts.base,
        size=file.size,
        problem=facts.problem,
        mismatch=chosen.mismatch(facts.text_width),
        insert="" if facts.problem else f"<lora:{file.name}:{preferred_weight(file.path):g}>",
        words=() if facts.problem else trigger_words(file.path, networks.metadata(file)),
    )


def embedding_items(networks: Networks, chosen: Chosen) -> Iterator[Item]:
    for each in networks.embeddings():
        about = partial(embedding_about, each, networks, chosen)
        yield Item(name=each.name, place=each.relative, about=about, path=each.path)


def embedding_about(file: NetworkFile, networks: Networks, chosen: Chosen) -> About:
    facts = networks.embedding_facts(file)
    return About(
        kind=embedding_kind(facts),
        base=facts.base,
        size=file.size,
        problem=facts.problem,
        mismatch=chosen.mismatch(facts.text_width),
        insert="" if facts.problem else file.name,
    )


def embedding_kind(facts: NetworkFacts) -> str:
    return f"Embedding, {facts.vectors} vector{'s' * (facts.vectors != 1)}" if facts.vectors else "Embedding"


def vae_items(networks: Networks) -> Iterator[Item]:
    for each in networks.vaes():
        yield Item(name=each.name, place=each.relative, about=lambda each=each: vae_about(each, networks))


def vae_about(file: NetworkFile, networks: Networks) -> About:
    return About(kind="VAE", base="", size=file.size, problem=networks.vae_facts(file).problem)


def controlnet_items(controlnets: Iterable[ControlNet], chosen: Chosen) -> Iterator[Item]:
    for each in controlnets:
        yield Item(name=each.name, place=each.path.name, about=lambda each=each: controlnet_about(each, chosen))


def controlnet_about(controlnet: ControlNet, chosen: Chosen) -> About:
    return About(
        kind=controlnet.kind,
        base=controlnet.base if controlnet.text_width else "",
        size=total_size(controlnet.path),
        problem=controlnet.problem,
        mismatch=chosen.mismatch(controlnet.text_width),
    )


def upscaler_items(upscalers: Iterable[Upscaler]) -> Iterator[Item]:
    """Those that are files."""
    for each in upscalers:
        if each.model_path:
            yield Item(
                name=each.name,
                place=Path(each.model_path).name,
                about=lambda each=each: About(kind="Upscaler", base="", size=size_on_disk(Path(each.model_path))),
            )
