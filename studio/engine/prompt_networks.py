"""What a prompt switches on: <lora:name:weight> and embeddings by their names. A new kind is a branch in `_switched`.

What cannot be done is a note for the user, and the picture is drawn without it: a shared prompt may name networks that
are not installed here.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from studio.catalog.controlnets import base_name
from studio.catalog.networks import NetworkFile, Networks
from studio.domain.errors import BrokenFile
from studio.domain.registry import nearest_first
from studio.engine.embeddings import Vectors, fitting, read_embedding, vectors_of, widths_of
from studio.engine.hooks.regional import RegionalNetworks, regional_networks
from studio.engine.lora import LoraFile, Merge, Outcome, merge, merge_text, read_lora
from studio.engine.models import Model
from studio.engine.pipeline_manager import PipelineManager
from studio.prompt.networks import LORA_KINDS, NetworkUse, split_networks
from studio.prompt.tokens import tidied

Note = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied:
    """`prompts` (positive, negative) without networks, the embeddings that stand in them, and what was merged.

    `merges` are in the text encoders now, and `state` tells what those are. `hashes` are of the networks,
    `embedding_files` by name.
    """

    prompts: tuple[str, str]
    merges: tuple[Merge, ...]
    vectors: Mapping[str, Vectors]
    state: Hashable
    hashes: Mapping[str, str]
    embedding_files: Mapping[str, NetworkFile]


@dataclass(frozen=True, kw_only=True, slots=True)
class Switched:
    """A network of a prompt, found and read, and how it fared."""

    use: NetworkUse
    file: NetworkFile
    merge: Merge
    outcome: Outcome = field(default_factory=Outcome)


@dataclass(frozen=True, slots=True)
class Asked:
    """What prompts say: the texts without networks, and those that they name."""

    prompts: tuple[str, str]
    switched: tuple[Switched, ...]

    @property
    def merges(self) -> tuple[Merge, ...]:
        return tuple(each.merge for each in self.switched)

    def told(self, outcomes: Sequence[Outcome]) -> "Asked":
        both = zip(self.switched, outcomes, strict=True)
        return Asked(self.prompts, tuple(replace(each, outcome=outcome) for each, outcome in both))


@dataclass(frozen=True, slots=True)
class PromptNetworks:
    """`models` know what is installed now, and keep what is read."""

    models: PipelineManager

    @property
    def networks(self) -> Networks:
        return self.models.networks

    def apply(self, prompts: tuple[str, str], model: Model, note: Note) -> Applied:
        """Merges what the prompt asks for into the model, whose lock the caller keeps (`keeping()`)."""
        asked = self._asked(prompts, model, note)
        outcomes = merge(model, asked.merges)
        return self._applied(asked.told(outcomes), (), model, note)

    def apply_region(
        self, prompts: tuple[str, str], base: Sequence[Merge], model: Model, note: Note
    ) -> tuple[Applied, RegionalNetworks]:
        """For one region: into the text encoders, beside the `base` of the whole picture; for the UNet as a hook."""
        asked = self._asked(prompts, model, note)
        in_text = merge_text(model, [*base, *asked.merges])[len(base) :]
        hook = regional_networks(model, asked.merges)
        outcomes = [unet + text for unet, text in zip(hook.outcomes, in_text, strict=True)]
        return self._applied(asked.told(outcomes), base, model, note), hook

    def _asked(self, prompts: tuple[str, str], model: Model, note: Note) -> Asked:
        positive, uses = split_networks(prompts[0])
        negative, ignored = split_networks(prompts[1])
        if ignored:
            note("Networks (<lora:...>) act from the prompt only; those in the negative prompt were ignored")
        return Asked((positive, negative), tuple(self._switched(uses, model, note)))

    def _applied(self, asked: Asked, base: Sequence[Merge], model: Model, note: Note) -> Applied:
        for each in asked.switched:
            tell(each, note)
        vectors, files = self._embeddings("\n".join(asked.prompts), model, note)
        bundled = {name: found for each in asked.switched for name, found in bundled_vectors(each, model)}
        merges = (*base, *asked.merges)
        return Applied(
            prompts=asked.prompts,
            merges=merges,
            vectors=vectors | bundled,
            state=(text_state(merges), *(file.key for file in files.values())),
            hashes={
                each.use.name: self.networks.lora_hash(each.file) for each in asked.switched if each.outcome.merged
            },
            embedding_files=files,
        )

    def facts(self, applied: Applied, used: Collection[str]) -> dict[str, str]:
        """For the infotext, as A1111 writes them; `used` are the embeddings that were met."""
        hashes = {name: self.networks.hash_of(file.path)[:12] for name, file in applied.embedding_files.items()}
        found = {
            "Lora hashes": applied.hashes,
            "TI hashes": {name: each for name, each in hashes.items() if name in used},
        }
        return {key: listed(each) for key, each in found.items() if each}

    def _switched(self, uses: Sequence[NetworkUse], model: Model, note: Note) -> Iterator[Switched]:
        for use in uses:
            if use.kind not in LORA_KINDS:
                note(f"<{use.kind}:{use.name}> was ignored: networks of the kind {use.kind!r} are not supported")
                continue
            file = self.networks.lora(use.name)
            if file is None:
                names = nearest_first(use.name, self.networks.loras().names())[:3]
                nearest = f" The nearest names are {', '.join(names)}" if names else " Put the file into models/Lora"
                note(f"There is no LoRA {use.name!r}; the picture was drawn without it.{nearest}")
                continue
            if problem := self._problem(file, model):
                note(f"The LoRA {use.name} was left out: {problem}")
                continue
            try:
                yield Switched(use=use, file=file, merge=self._merge(use, file))
            except BrokenFile as error:
                note(f"The LoRA {use.name} was left out: {error.message}")

    def _problem(self, file: NetworkFile, model: Model) -> str:
        facts = self.networks.lora_facts(file)
        wanted = int(model.unet.config.cross_attention_dim)
        if facts.problem or facts.text_width in (0, wanted):
            return facts.problem
        return f"it is for {facts.base}, but {model.checkpoint.name} is {base_name(wanted)}"

    def _merge(self, use: NetworkUse, file: NetworkFile) -> Merge:
        loaded: LoraFile = self.models.keep(
            ("lora", file.key), lambda: read_lora(file.path), lambda each: each.size, file.size
        )
        return Merge(
            key=file.key,
            file=loaded,
            text_weight=use.text_weight,
            unet_weight=use.unet_weight,
            dimension=use.dimension,
        )

    def _embeddings(self, text: str, model: Model, note: Note) -> tuple[dict[str, Vectors], dict[str, NetworkFile]]:
        """Those whose names may stand in a text, that fit the model."""
        vectors: dict[str, Vectors] = {}
        files: dict[str, NetworkFile] = {}
        squeezed_text = squeezed(text)
        for file in self.networks.embeddings():
            if squeezed(file.name) not in squeezed_text:
                continue
            try:
                found = self.models.keep(("embedding", file.key), lambda file=file: read_embedding(file.path), size_of)
            except BrokenFile as error:
                note(f"The embedding {file.name} was left out: {error.message}")
                continue
            if fits := fitting(found, model):
                vectors[file.name], files[file.name] = fits, file
            else:
                note(unfit(file.name, found, model))
        return vectors, files


def squeezed(text: str) -> str:
    """What is left of a text when spaces, case and escapes do not count."""
    plain = text.isascii() and "&" not in text  # then there is nothing to mend
    return "".join((text.lower() if plain else tidied(text)).replace("\\", "").split())


def size_of(vectors: Vectors) -> int:
    return sum(each.numel() * each.element_size() for each in vectors.values())


def unfit(name: str, vectors: Vectors, model: Model) -> str:
    width = sum(each.shape[-1] for each in vectors.values())
    if not width:
        return f"The embedding {name} was left out: its file holds no vectors"
    return (
        f"The embedding {name} was left out: its vectors are {width} numbers long, but {model.checkpoint.name} takes "
        f"{widths_of(model)}. It is made for another architecture"
    )


def bundled_vectors(switched: Switched, model: Model) -> Iterator[tuple[str, Vectors]]:
    for name, tensors in switched.merge.file.bundled.items():
        if fits := fitting(vectors_of(tensors), model):
            yield name, fits


def text_state(merges: Sequence[Merge]) -> Hashable:
    """What was done to the text encoders: equal where prompts are encoded alike."""
    return tuple((each.key, each.text_weight, each.dimension) for each in merges)


def tell(switched: Switched, note: Note) -> None:
    name, outcome = switched.use.name, switched.outcome
    total = outcome.merged + outcome.left_out
    if not outcome.merged:
        note(f"The LoRA {name} had no effect: none of its {total} layers is in this model. It is for another one")
    elif outcome.left_out:
        note(f"{outcome.left_out} of the {total} layers of the LoRA {name} do not fit this model and were left out")


def listed(hashes: Mapping[str, str]) -> str:
    return ", ".join(f"{name.replace(':', '').replace(',', '')}: {value}" for name, value in hashes.items())
