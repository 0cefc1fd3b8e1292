"""Strong views of a garment, and the draws of batches."""

from dataclasses import replace

import numpy as np
import pytest

from retriever.config import TINY, EmbedderConfig
from retriever.data import Draws, cut_items
from retriever.outlines import with_outlines, write_outlines
from retriever.views import ANY, PLAIN, WORN, Shown, random_view

CONFIG = EmbedderConfig(size=64, occluded=0.0, downscale=0.0, replaced=1.0, colour=0.0, jitter=0.0)
RED, BLUE = (200, 30, 30), (30, 30, 200)


def shown(colour, outline=True):
    """A garment of one colour before green, in the middle of its crop."""
    image = np.zeros((96, 96, 3), np.uint8)
    image[:] = (20, 160, 20)
    mask = np.zeros((96, 96), np.uint8)
    mask[24:72, 32:64] = 255
    image[mask > 0] = colour
    return Shown(image, mask if outline else None, np.array([32, 24, 64, 72]) / 96)


def share_of(image, colour):
    return (np.abs(image.astype(int) - colour).max(-1) < 40).mean()


@pytest.mark.parametrize("ground", [PLAIN, WORN, ANY])
def test_a_view_keeps_the_garment_and_replaces_what_is_around(ground):
    for seed in range(5):
        image, box = random_view(shown(RED), shown(BLUE), CONFIG, np.random.default_rng(seed), ground)
        assert image.shape == (64, 64, 3) and image.dtype == np.uint8 and (box[2:] > box[:2]).all()
        assert share_of(image, RED) > 0.15
        x, y = ((box[:2] + box[2:]) / 2 * 64).astype(int).clip(0, 63)
        assert np.abs(image[y, x].astype(int) - RED).max() < 40  # the box is around the garment
        if ground == PLAIN:
            assert image[:4, :4].std((0, 1)).max() < 12


def test_the_surroundings_of_another_garment_are_seen_in_worn_views():
    views = [random_view(shown(RED), shown(BLUE), CONFIG, np.random.default_rng(n), WORN)[0] for n in range(5)]
    assert np.mean([share_of(image, (20, 160, 20)) for image in views]) > 0.2


def test_without_an_outline_the_photo_stays():
    image, _ = random_view(shown(RED, outline=False), shown(BLUE), CONFIG, np.random.default_rng(0), PLAIN)
    assert share_of(image, (20, 160, 20)) > 0.2 and share_of(image, BLUE) == 0


def test_the_same_draws_give_the_same_view():
    one, other = (random_view(shown(RED), shown(BLUE), EmbedderConfig(size=32), np.random.default_rng(7)) for _ in "ab")
    np.testing.assert_array_equal(one[0], other[0])


@pytest.fixture(scope="module")
def table(ccp, clothing, tmp_path_factory):
    from readers import read_all

    table = read_all([f"ccp:{ccp}", f"clothing:{clothing}"]).in_splits("train")
    folder = tmp_path_factory.mktemp("outlines")
    assert write_outlines(table, folder, None) > 0 and write_outlines(table, folder, None) == 0
    return with_outlines(table, folder)


@pytest.fixture(scope="module")
def items(table, tmp_path_factory):
    return cut_items(table, TINY, tmp_path_factory.mktemp("crops"))


def test_photos_without_a_label_map_get_one(table):
    assert (table.photos["label_map"] != "").sum() > (table.photos["dataset"] == "ccp").sum()
    drawn = table.garments[table.garments["photo"].str.startswith("clothing") & (table.garments["mask_value"] == 1)]
    assert len(drawn) and drawn["x_min"].notna().all()


def test_outlines_are_those_of_their_own_garment(items):
    place = int(np.flatnonzero(items.worn & (items.values >= 0))[0])
    crop = items[place]
    y, x = np.nonzero(crop.outline > 127)
    box = np.array([x.min(), y.min(), x.max() + 1, y.max() + 1]) / len(crop.image)
    np.testing.assert_allclose(box, crop.box, atol=0.12)


def test_a_batch_has_p_items_with_k_views_and_is_the_same_again(items):
    config = replace(TINY, groups=5, views=3, hard=0.6)
    draws = Draws(items, config)
    for step in (0, 9):
        batch = draws(step).reshape(5, 3)
        assert all(len(set(items.items[views])) == 1 for views in batch)
        assert len(set(items.items[batch[:, 0]])) == 5
        np.testing.assert_array_equal(batch.ravel(), Draws(items, config)(step))


def test_hard_batches_are_of_fewer_kinds(items):
    def kinds(hard):
        draws = Draws(items, replace(TINY, hard=hard))
        return np.mean([len(set(items.kinds[draws(step)])) for step in range(20)])

    assert kinds(1.0) < kinds(0.0) - 0.5


def test_too_few_items_are_told(items):
    with pytest.raises(ValueError, match="fewer than groups=999"):
        Draws(items, replace(TINY, groups=999))
