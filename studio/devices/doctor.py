"""`python app.py --doctor`: what is there and what is missing, one line per problem with its remedy.

A new check is a function that yields lines and stands in `CHECKS`.
"""

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from studio.arguments import Arguments

PACKAGES = (
    "torch", "torchvision", "diffusers", "transformers", "gradio", "numpy", "opencv-python-headless", "pillow",
    "safetensors", "accelerate", "controlnet-aux", "spandrel", "torchsde",
)  # fmt: skip
OPTIONAL = {"ray": "several GPUs or machines: pip install ray"}
LEAST_ROOM = 2 * 1024**3  # bytes
GIB = 1024**3


def examine(arguments: Arguments, say: Callable[[str], object]) -> int:
    """Says everything line by line; the exit status is 1 where something must be mended."""
    problems = 0
    for check in CHECKS:
        for line in check(arguments):
            problems += line.startswith("PROBLEM")
            say(line + "\n")
    say("Everything is in order.\n" if not problems else f"{problems} problem(s); see the lines above.\n")
    return int(problems > 0)


def versions(arguments: Arguments) -> Iterator[str]:
    yield f"Python {platform.python_version()} on {platform.platform()}"
    for name in PACKAGES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"PROBLEM {name} is not installed: run `make run`, or pip install -c constraints.txt -e ."
    for name, remedy in OPTIONAL.items():
        if find_spec(name) is None:
            yield f"optional: {name} is not installed ({remedy})"


def device(arguments: Arguments) -> Iterator[str]:
    import torch

    yield f"torch build {torch.__version__}, CUDA {torch.version.cuda or 'no'}, ROCm {torch.version.hip or 'no'}"
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            about = torch.cuda.get_device_properties(index)
            yield f"GPU {index}: {about.name}, {about.total_memory / GIB:.1f} GiB"
    elif torch.backends.mps.is_available():
        yield "Apple GPU (MPS)"
    else:
        yield from no_gpu()
    yield f"CPU: {torch.get_num_threads()} threads"


def no_gpu() -> Iterator[str]:
    """Which line gives a GPU that the installed build cannot see."""
    yield "No GPU is used; the processor does the work"
    if shutil.which("nvidia-smi"):
        yield (
            "PROBLEM an NVIDIA card is there, but this torch cannot use it: "
            "pip install --force-reinstall torch torchvision --index-url https://download.pytorch.org/whl/cu128"
        )
    if shutil.which("rocminfo"):
        yield (
            "PROBLEM an AMD card is there, but this torch cannot use it: "
            "pip install --force-reinstall torch torchvision --index-url https://download.pytorch.org/whl/rocm6.4"
        )


def compiler(arguments: Arguments) -> Iterator[str]:
    """What the setting torch_compile takes on a processor; a graphics card's compiler takes a C compiler too."""
    found = [path for path in map(shutil.which, (os.environ.get("CXX") or "g++", "clang++", "cl")) if path]
    yield (
        f"C++ compiler: {found[0]}"
        if found
        else "optional: no C++ compiler is installed, so torch_compile has no effect"
    )


def folders(arguments: Arguments) -> Iterator[str]:
    named = {
        "checkpoints": arguments.checkpoint_dirs,
        "VAE": (arguments.vae_dir,),
        "LoRA": (arguments.lora_dir,),
        "embeddings": (arguments.embeddings_dir,),
        "ControlNet": arguments.controlnet_dirs,
        "annotators": (arguments.annotators_dir,),
        "upscalers": (arguments.upscalers_dir,),
    }
    for name, paths in named.items():
        for path in paths:
            yield f"{name}: {path} ({count(path)})"
    if not (arguments.models_dir / "demo" / "model_index.json").is_file():
        yield f"PROBLEM the bundled model is missing from {arguments.models_dir / 'demo'}: fetch the repository anew"


def count(path: Path) -> str:
    return f"{sum(1 for _ in path.iterdir())} entries" if path.is_dir() else "not there, which is fine"


def disk(arguments: Arguments) -> Iterator[str]:
    try:
        arguments.outputs.mkdir(parents=True, exist_ok=True)
        probe = arguments.outputs / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        yield f"PROBLEM {arguments.outputs} cannot be written: {error}. Choose another folder with --data-dir"
        return
    free = shutil.disk_usage(arguments.outputs).free
    yield f"outputs: {arguments.outputs}, {free / GIB:.1f} GiB free"
    if free < LEAST_ROOM:
        yield "PROBLEM the disk is nearly full: make room, or choose another folder with --data-dir"


CHECKS: tuple[Callable[[Arguments], Iterator[str]], ...] = (versions, device, compiler, folders, disk)
