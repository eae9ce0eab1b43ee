"""What the names in a request may mean, now. A kind of thing that a plan looks up is one more field."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from studio.catalog.checkpoints import Checkpoint
from studio.catalog.networks import Networks
from studio.domain.errors import BrokenFile, ModelMissing, UnknownName
from studio.domain.registry import Registry, nearest_first
from studio.domain.things import Sampler, Schedule
from studio.prompt.styles import Style
from studio.prompt.wildcards import Lists

FOLDER = "models/Stable-diffusion"


@dataclass(frozen=True, kw_only=True, slots=True)
class Installed:
    """`upscaler_names` are those that work on pixels; the latent modes of hires fix need no installing.

    `wildcards` reads the lists, and raises BrokenFile.
    """

    checkpoints: Registry[Checkpoint]
    samplers: Registry[Sampler]
    schedules: Registry[Schedule]
    upscaler_names: Sequence[str] = ()
    styles: Sequence[Style] = ()
    networks: Networks = field(default_factory=Networks)
    wildcards: Callable[[], Lists] = dict

    def style(self, name: str) -> Style:
        """Raises UnknownName."""
        for style in self.styles:
            if style.name == name:
                return style
        names = nearest_first(name, [style.name for style in self.styles])
        message = f"There is no style {name!r}. Saved styles: {', '.join(names) or 'none'}"
        raise UnknownName(message, name=name, installed=names)

    def upscaler(self, name: str) -> str:
        """The name as it is listed. Raises UnknownName."""
        for known in self.upscaler_names:
            if known.lower() == name.lower():
                return known
        names = nearest_first(name, self.upscaler_names)
        message = f"There is no upscaler {name!r}. Installed: {', '.join(names) or 'none'}"
        raise UnknownName(message, name=name, installed=names)


def pick_checkpoint(name: str, checkpoints: Registry[Checkpoint]) -> Checkpoint:
    """The named one, or the first that works if no name is given. Raises ModelMissing, BrokenFile."""
    if not name:
        usable = [each for each in checkpoints if not each.problem]
        if usable:
            return usable[0]
        message = f"There is no model yet. Put a checkpoint (.safetensors or .ckpt) into {FOLDER} and press refresh"
        raise ModelMissing(message, name="", folder=FOLDER, installed=checkpoints.names())
    found = checkpoints[name] if name in checkpoints else without_hash(name, checkpoints)
    if found is None:
        names = nearest_first(name, checkpoints.names())
        message = f"There is no model {name!r} in {FOLDER}. Installed: {', '.join(names) or 'none'}"
        raise ModelMissing(message, name=name, folder=FOLDER, installed=names)
    if found.problem:
        raise BrokenFile(f"The model {found.name} cannot be used: {found.problem}", name=found.name)
    return found


def without_hash(title: str, checkpoints: Registry[Checkpoint]) -> Checkpoint | None:
    """A title "name [hash]" means the file of that name, too, while its own hash is not known."""
    name, _, rest = title.rpartition(" [")
    if name not in checkpoints:
        return None
    found, asked = checkpoints[name], rest.rstrip("]").lower()
    return found if found.sha256.startswith(asked) or not found.sha256 else None
