"""Outfits: garments that one person wears in one photo, and questions about them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from garments.vocabulary import PARTS

CHOICES = 4  # answers to a question, one of them right


@dataclass(frozen=True)
class Wardrobe:
    """N garments of outfits.

    Attributes:
        embeddings: (N, D) float32 of unit length.
        outfits: (N,) int; garments of one outfit share a number.
        parts: (N,) int, the place in PARTS; -1 for none.
        kinds: (N,) str, what a garment can be exchanged for: its category where known, else its part.
    """

    embeddings: np.ndarray
    outfits: np.ndarray
    parts: np.ndarray
    kinds: np.ndarray

    @classmethod
    def of(cls, garments: pd.DataFrame, embeddings: np.ndarray) -> "Wardrobe":
        """The wardrobe of rows with photo, part and category, and their embeddings."""
        kinds = np.where(garments["category"].str.contains("|", regex=False), garments["part"], garments["category"])
        kinds = np.where(kinds == "", garments["part"], kinds)
        parts = garments["part"].map({part: n for n, part in enumerate(PARTS)}).fillna(-1).to_numpy(int)
        return cls(embeddings, pd.factorize(garments["photo"])[0], parts, kinds.astype(str))

    def __len__(self) -> int:
        return len(self.embeddings)

    def keep(self, mask: np.ndarray) -> "Wardrobe":
        """The garments marked True."""
        return Wardrobe(self.embeddings[mask], self.outfits[mask], self.parts[mask], self.kinds[mask])

    def pairs(self) -> np.ndarray:
        """(P, 2) places of garments of known parts that are worn together, both ways round."""
        known = self.parts >= 0
        order = pd.Series(np.flatnonzero(known)).groupby(self.outfits[known]).agg(list)
        found = [(a, b) for members in order for a in members for b in members if a != b]
        return np.array(found, int).reshape(-1, 2)

    def held_out(self, share: float, seed: int) -> np.ndarray:
        """(N,) bool: the garments of about this share of the outfits."""
        numbers = np.unique(self.outfits)
        held = np.random.default_rng(seed).permutation(numbers)[: round(share * len(numbers))]
        return np.isin(self.outfits, held)


@dataclass(frozen=True)
class Question:
    """Which of some garments of one kind completes an outfit?

    Attributes:
        given: places of the garments that are worn.
        choices: places of the answers; the first is right.
    """

    given: list[int]
    choices: list[int]


def questions(wardrobe: Wardrobe, seed: int = 0) -> list[Question]:
    """One for each garment of an outfit of two or more, with wrong answers of its kind from other outfits.

    Garments of whose kind there are too few in other outfits give none.
    """
    rng, found = np.random.default_rng(seed), []
    for place in range(len(wardrobe)):
        own = np.flatnonzero(wardrobe.outfits == wardrobe.outfits[place])
        others = np.flatnonzero(
            (wardrobe.kinds == wardrobe.kinds[place]) & (wardrobe.outfits != wardrobe.outfits[place])
        )
        if len(own) > 1 and len(others) >= CHOICES - 1:
            wrong = rng.choice(others, CHOICES - 1, replace=False)
            found.append(Question([int(n) for n in own if n != place], [place, *map(int, wrong)]))
    return found
