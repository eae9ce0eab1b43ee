"""CLIP's vocabulary, as it comes with open_clip (MIT), without importing that."""

import gzip
import importlib.util
from pathlib import Path

import pytest
from hypothesis import settings

from studio.prompt.tokens import Vocabulary, vocabulary

settings.register_profile("unhurried", deadline=None)  # a busy machine is no defect
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def clip() -> Vocabulary:
    spec = importlib.util.find_spec("open_clip")
    assert spec
    assert spec.origin
    text = gzip.decompress((Path(spec.origin).parent / "bpe_simple_vocab_16e6.txt.gz").read_bytes()).decode()
    return vocabulary(iter(text.split("\n")[1:]))
