"""The few words of CLIP's vocabulary that mean something in the demo world; a synonym is a row of SAME."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from tools.demo_model.networks import END_TOKEN, Tokens
from tools.demo_model.words import phrases

FIRST_SPREAD = 0.25  # of an embedding's numbers; long rows: words are told apart from the first step on
SAME = {
    "home": "house", "cottage": "house", "cabin": "house", "automobile": "car", "vehicle": "car", "ship": "boat",
    "sailboat": "boat", "crescent": "moon", "blossom": "flower", "rose": "flower", "clouds": "cloud", "stars": "star",
    "trees": "tree", "houses": "house", "cars": "car", "boats": "boat", "balls": "ball", "flowers": "flower",
    "evening": "sunset", "dusk": "sunset", "dawn": "sunset", "midnight": "night", "nighttime": "night", "dark": "night",
    "daytime": "day", "noon": "daylight", "sunny": "daylight", "lawn": "grass", "field": "meadow", "snowy": "snow",
    "winter": "snow", "desert": "sand", "shore": "beach", "road": "street", "city": "street", "town": "street",
    "violet": "purple", "crimson": "red", "golden": "yellow", "gold": "yellow", "magenta": "pink", "centre": "center",
    "grinning": "smiling", "joyful": "happy", "cheerful": "happy", "crying": "sad", "shocked": "astonished",
    "mad": "angry", "man": "figure", "woman": "figure", "girl": "figure", "boy": "figure", "portrait": "face",
    "the": "a", "drawing": "picture", "painting": "picture", "photo": "picture", "image": "picture",
}  # fmt: skip


class Vocabulary:
    """Rows of a small embedding for CLIP's token numbers; row 0 stands for every word without a meaning here."""

    def __init__(self) -> None:
        tokens = Tokens()
        used = sorted({int(n) for n in tokens(phrases()).flatten()} | {END_TOKEN - 1, END_TOKEN})
        self.rows = torch.zeros(END_TOKEN + 1, dtype=torch.long)
        self.rows[used] = torch.arange(1, len(used) + 1)
        for word, known in SAME.items():
            ids = tokens([word, known])
            if (
                int(ids[0, 2]) == END_TOKEN and int(self.rows[ids[0, 1]]) == 0
            ):  # one token, and none of the captions' own
                self.rows[ids[0, 1]] = self.rows[ids[1, 1]]
        self.size = len(used) + 1

    def narrow(self, text: Any) -> None:
        """Gives a text encoder the small embedding; its inputs are then `rows[tokens]`."""
        narrow = nn.Embedding(self.size, text.config.hidden_size)
        nn.init.normal_(narrow.weight, std=FIRST_SPREAD)
        embeddings_of(text).token_embedding = narrow

    def widened(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """The text encoder's weights with one row for each of CLIP's tokens."""
        return {n: w[self.rows] if n.endswith("token_embedding.weight") else w for n, w in weights.items()}

    def narrowed(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """What `widened` undoes: one row for each meaning."""
        first = torch.stack([(self.rows == row).nonzero()[0, 0] for row in range(self.size)])
        return {n: renewed(w[first]) if n.endswith("token_embedding.weight") else w for n, w in weights.items()}


def renewed(rows: Tensor) -> Tensor:
    """Words that had no meaning when the weights were written begin anew; one row apiece, the first is for them all."""
    new = (rows == rows[0]).all(1)
    new[0] = False
    return torch.where(new[:, None], FIRST_SPREAD * torch.randn_like(rows), rows)


def embeddings_of(text: Any) -> Any:
    return text.text_model.embeddings if hasattr(text, "text_model") else text.embeddings
