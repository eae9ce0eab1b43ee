"""Makes `configs/tokenizer` of the vocabulary in the open_clip package: `python -m tools.make_tokenizer`.

Another tokenizer would be another function and folder.
"""

import gzip
import json
from pathlib import Path

import open_clip

from studio.prompt.tokens import vocabulary

FOLDER = Path(__file__).parents[1] / "configs" / "tokenizer"
MERGES = 49_152 - 256 - 2
SETTINGS = {
    "tokenizer_class": "CLIPTokenizer",
    "model_max_length": 77,
    "bos_token": "<|startoftext|>",
    "eos_token": "<|endoftext|>",
    "pad_token": "<|endoftext|>",
    "unk_token": "<|endoftext|>",
}


def main() -> None:
    source = Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"
    lines = gzip.decompress(source.read_bytes()).decode().splitlines()[1 : MERGES + 1]
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "merges.txt").write_text("\n".join(["#version: 0.2", *lines]) + "\n", encoding="utf-8")
    ids = vocabulary(iter(lines)).ids
    (FOLDER / "vocab.json").write_text(json.dumps(ids, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    (FOLDER / "tokenizer_config.json").write_text(json.dumps(SETTINGS, indent=1) + "\n")


if __name__ == "__main__":
    main()
