"""What an index has for the garments of photos: alike ones and, with a model of compatibility, what goes with them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from engine.checksums import fingerprint
from garments.types import BOX_COLUMNS
from photos.crops import cut, square_around
from photos.reading import encode, read_photo
from pipeline.models import Pipeline, warm_crop_model
from pipeline.reading import Read
from pipeline.records import record_of
from recommender import complete
from recommender.model import Compatibility
from recommender.recommend import MATCHING, SIMILAR, Shop, recommend
from reports.crops import CONTEXT, SIDE
from retriever import predict
from retriever.catalogue import Catalogue
from retriever.finding import COLUMNS, Described

TOP = 6  # items of each kind, for a garment
PICTURES = 2000  # that stay in memory, some 6 KB each
ADDRESS = "/pictures/"  # of a picture, before the number of its garment


class Boutique:
    """An index that stays open, and in memory once it is loaded.

    Attributes:
        kinds: what a garment of a photo gets, SIMILAR and perhaps MATCHING.
        pool: the threads that make pictures, so that they never wait in the way of photos.
    """

    def __init__(self, index: Path, models: Path, embedder: Path | None = None):
        """Open an index and see that the models fit; loads none of what is large.

        Args:
            index: its folder.
            models: the folder of the exported models, which may hold compatibility/.
            embedder: the folder of the embedder; by default embedder/ among the models.

        Raises:
            FileNotFoundError: there is no index, or no embedder.
            CatalogueError: the index is damaged, or of another embedder.
            ValueError: the model of compatibility is of another embedder.
        """
        self._embedder = embedder or models / predict.FOLDER
        if not (self._embedder / "saved_model.pb").exists():
            raise FileNotFoundError(
                f"no model in {self._embedder}: --index needs the embedder that made the index; give it by --embedder"
            )
        self._catalogue = Catalogue(index)
        self._catalogue.refuse_other_embedder(fingerprint(self._embedder))
        compatibility = models / complete.FOLDER
        self._model = Compatibility.load(compatibility) if compatibility.is_dir() else None
        if self._model:
            complete.refuse_other_embedder(self._model, self._catalogue.model)
        self._shop: Shop | None = None
        self.kinds = (SIMILAR, MATCHING) if self._model else (SIMILAR,)
        self.pool = ThreadPoolExecutor(2, "pictures")
        self.picture = lru_cache(PICTURES)(self._picture)

    def load(self, pipeline: Callable[[], Pipeline]) -> Pipeline:
        """The pipeline with the embedder as its last model; what searches the index is loaded too."""
        loaded = pipeline()
        loaded.crop_models.append(warm_crop_model(predict.load, self._embedder))
        self._shop = Shop(self._catalogue, self._model)
        return loaded

    def records(self, pipeline: Pipeline, reads: list[Read]) -> list[dict]:
        """The records of photos, as `analyse_batch` gives them; each row has a list of items of each of `kinds`."""
        assert self._shop  # as it is loaded before the first photo
        found = list(pipeline.stream([reads]))
        records = [record_of(read, garments, pipeline.classifier) for read, garments in found]
        rows = [row | {"photo": n} for n, record in enumerate(records) for row in record.get("rows", [])]
        if rows:
            known = pd.DataFrame(rows).rename(columns={"part_score": "score"}).reindex(columns=COLUMNS)
            embeddings = np.concatenate([garments.embeddings for _, garments in found])
            results = recommend(self._shop, Described(known.fillna({"colour": ""}), embeddings, {}), TOP)
            for n, garment, kind in ((row["photo"], row["garment"], kind) for row in rows for kind in self.kinds):
                own = (results["query"] == n) & (results["query_garment"] == garment) & (results["kind"] == kind)
                records[n]["rows"][garment][kind] = _items(results[own])
        return records

    def _picture(self, garment: int) -> bytes:
        """A JPEG of a garment of the index, by its number.

        Raises:
            KeyError: the index has none of that number.
            PhotoError: its photo can no longer be read.
        """
        [row] = self._catalogue.shown([garment]).to_dict("records") or [None]
        if row is None:
            raise KeyError(garment)
        photo, pixels = read_photo(Path(row["folder"], row["photo"]))
        box = np.array([row[side] for side in BOX_COLUMNS]) * pixels.shape[1] / photo.width
        return encode(cut(pixels, square_around(box, CONTEXT), SIDE), "JPEG", quality=85)


def _items(results: pd.DataFrame) -> list[dict]:
    """Items as they are answered: what is not known is left out, and so is the folder of the index's photos."""
    shown = results[["photo", "item", "part", "category", "colour", "distance", "why"]].to_dict("records")
    known = [{name: value for name, value in row.items() if value or name not in ("item", "colour")} for row in shown]
    return [{"picture": f"{ADDRESS}{id}", **row} for id, row in zip(results.index, known, strict=True)]
