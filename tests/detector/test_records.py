from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector.composites import Labelled, paste
from detector.data import mask_classes, shrink, write_records
from readers import read, read_all
from samples.generated import write_ccp


def examples(path: Path) -> list:
    """The features of each record of a file."""
    import tensorflow as tf

    raw = tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
    return [tf.train.Example.FromString(record).features.feature for record in raw]


def damage(path: Path) -> None:
    """Cut the end of a file off."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.fixture
def damaged(tmp_path):
    """The photos of `train` of a generated ccp, of which the second is truncated."""
    write_ccp(tmp_path / "ccp")
    table = read_all([f"ccp:{tmp_path / 'ccp'}"]).in_splits("train")
    damage(Path(table.photos["path"].iloc[1]))
    return table


def test_records_hold_the_boxes_of_the_table(ccp, tmp_path):
    import tensorflow as tf

    table = read(f"ccp:{ccp}").in_splits("val")
    count = write_records(table, tmp_path / "a.tfrecord", (45, 45), composites=2)
    assert count == 6 * 3
    feature = examples(tmp_path / "a.tfrecord")[0]
    first = table.garments[table.garments["photo"] == table.photos["photo"][0]]
    assert np.allclose(feature["image/object/bbox/xmin"].float_list.value, first["x_min"] / 60, atol=1e-6)
    assert np.allclose(feature["image/object/bbox/ymax"].float_list.value, first["y_max"] / 90, atol=1e-6)
    assert (feature["image/height"].int64_list.value[0], feature["image/width"].int64_list.value[0]) == (45, 30)
    assert tf.io.decode_jpeg(feature["image/encoded"].bytes_list.value[0]).shape == (45, 30, 3)


def test_a_truncated_photo_is_named_and_the_others_are_written(damaged, tmp_path, capsys):
    count = write_records(damaged, tmp_path / "a.tfrecord", (45, 45))
    assert count == len(damaged.photos) - 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "skipped" in line]
    assert len(lines) == 1
    assert lines[0].startswith(f"{damaged.photos['path'].iloc[1]} is skipped: damaged: ")
    assert lines[0].endswith("get the photo again from its source")


def test_a_truncated_photo_is_in_no_composite(damaged, tmp_path, capsys):
    two = damaged.keep(damaged.photos.index < 2)  # so that half of the draws are of the damaged one
    assert write_records(two, tmp_path / "a.tfrecord", (45, 45), composites=8) == 1 + 8
    assert capsys.readouterr().err.count("is skipped") == 1


def test_a_photo_that_was_drawn_for_a_composite_first_is_reported_once(damaged, tmp_path, capsys):
    assert write_records(damaged, tmp_path / "a.tfrecord", (45, 45), composites=8) == 9 * (len(damaged.photos) - 1)
    assert capsys.readouterr().err.count("is skipped") == 1


def test_a_photo_with_a_damaged_label_map_is_skipped_with_the_name_of_the_map(damaged, tmp_path, capsys):
    label_map = Path(damaged.photos["label_map"].iloc[0])
    damage(label_map)
    assert write_records(damaged, tmp_path / "a.tfrecord", (45, 45)) == len(damaged.photos) - 2
    assert f"its label map {label_map} cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("size", [(60, 90), (2400, 1700), (1700, 2400)])
def test_sound_photos_keep_the_pixels_of_a_plain_reading(tmp_path, size):
    pixels = np.random.default_rng(0).integers(0, 255, (12, 8, 3), dtype=np.uint8)
    image = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
    image.save(tmp_path / "a.jpg", quality=90)
    with Image.open(tmp_path / "a.jpg") as plain:
        factor = min(1, 384 / size[1], 256 / size[0])
        fitted = round(size[0] * factor), round(size[1] * factor)
        expected = np.asarray(plain.resize(fitted, Image.Resampling.BILINEAR))
    shrunk, by = shrink(tmp_path / "a.jpg", (384, 256))
    assert by == factor and np.array_equal(shrunk, expected)


def test_the_same_data_give_the_same_bytes(ccp, tmp_path):
    table = read_all([f"ccp:{ccp}"]).in_splits("val")
    for name in "ab":
        write_records(table, tmp_path / f"{name}.tfrecord", (45, 45), composites=2)
    assert (tmp_path / "a.tfrecord").read_bytes() == (tmp_path / "b.tfrecord").read_bytes()


def test_a_composite_shows_the_guest_and_boxes_visible_pixels(ccp):
    from photos.label_maps import read_label_map

    table = read(f"ccp:{ccp}").in_splits("train")
    photos = []
    for row in table.photos.head(2).itertuples():
        pixels = np.asarray(Image.open(row.path))
        parts = mask_classes(table.garments[table.garments["photo"] == row.photo], categories=False)
        photos.append(Labelled(pixels, read_label_map(row.label_map), parts))
    for seed in range(20):
        both, boxes, parts, masks = paste(*photos, np.random.default_rng(seed))
        assert len(boxes) == len(parts) == len(masks) and both.pixels.shape == photos[0].pixels.shape
        changed = (both.pixels != photos[0].pixels).any(-1)
        assert (both.label_map[changed] > 0).all()
        assert (boxes[:, :2] < boxes[:, 2:]).all() and (boxes[:, 2:] <= both.label_map.shape[::-1]).all()


def test_a_random_view_moves_pixels_labels_and_boxes_together():
    import tensorflow as tf

    from detector.augment import random_view

    image = np.full((90, 60, 3), 20, np.uint8)
    image[30:60, 20:40] = 220
    data = {
        "image": tf.constant(image),
        "label_map": tf.constant((image[..., :1] > 100).astype(np.uint8)),
        "groundtruth_boxes": tf.constant([[30 / 90, 20 / 60, 60 / 90, 40 / 60]]),
        "groundtruth_classes": tf.constant([2], tf.int64),
        "groundtruth_is_crowd": tf.constant([False]),
    }
    for seed in range(10):
        tf.random.set_seed(seed)
        view = random_view(data, (192, 128), (0.8, 1.2))
        y1, x1, y2, x2 = view["groundtruth_boxes"].numpy()[0] * [24, 16, 24, 16]
        rows, columns = np.nonzero(view["label_map"].numpy() == 1)
        assert abs(rows.min() - y1) <= 1 and abs(columns.min() - x1) <= 1
        assert abs(rows.max() + 1 - y2) <= 1 and abs(columns.max() + 1 - x2) <= 1
        bright = view["image"].numpy().mean(-1)
        inside = bright[int(y1 * 8) + 8 : int(y2 * 8) - 8, int(x1 * 8) + 8 : int(x2 * 8) - 8]
        assert inside.mean() > bright[:, :2].mean() + 10


def test_records_hold_the_masks_of_the_outlines(ccp, tmp_path):
    import tensorflow as tf

    from garments.masks import decode

    table = read(f"ccp:{ccp}?outlines").in_splits("val")
    table.garments.loc[table.garments.index[0], "segmentation"] = None
    write_records(table, tmp_path / "a.tfrecord", (90, 60), composites=1, masks=True)
    plain, composite = examples(tmp_path / "a.tfrecord")[:2]
    first = table.garments[table.garments["photo"] == table.photos["photo"][0]]
    masks = [tf.io.decode_png(png).numpy()[..., 0] for png in plain["image/object/mask"].bytes_list.value]
    assert masks[0].shape == (90, 60) and not masks[0].any()  # without an outline
    assert all(
        np.array_equal(mask, decode(rle)) for mask, rle in zip(masks[1:], first["segmentation"][1:], strict=True)
    )
    boxes = composite["image/object/bbox/xmin"].float_list.value
    pasted = [tf.io.decode_png(png).numpy()[..., 0] for png in composite["image/object/mask"].bytes_list.value]
    assert len(pasted) == len(boxes) > 1
    assert [np.nonzero(mask)[1].min() / 60 for mask in pasted] == pytest.approx(boxes, abs=1e-6)


def test_a_random_view_moves_masks_with_their_boxes():
    import tensorflow as tf

    from detector.augment import MASK_STRIDE, random_view

    masks = np.zeros((2, 90, 60), np.float32)
    masks[0, 30:60, 20:40] = 1
    data = {
        "image": tf.zeros((90, 60, 3), tf.uint8),
        "label_map": tf.zeros((90, 60, 1), tf.uint8),
        "groundtruth_boxes": tf.constant([[30 / 90, 20 / 60, 60 / 90, 40 / 60], [-1.0, -1.0, -0.9, -0.9]]),
        "groundtruth_classes": tf.constant([2, 1], tf.int64),
        "groundtruth_is_crowd": tf.constant([False, False]),
        "groundtruth_instance_masks": tf.constant(masks),
    }
    for seed in range(10):
        tf.random.set_seed(seed)
        view = random_view(data, (192, 128), (0.8, 1.2))
        [mask] = view["groundtruth_instance_masks"].numpy()  # of the garment inside
        y1, x1, y2, x2 = view["groundtruth_boxes"].numpy()[0] * np.tile([192, 128], 2) / MASK_STRIDE
        rows, columns = np.nonzero(mask > 0.5)
        assert np.allclose([rows.min(), columns.min(), rows.max() + 1, columns.max() + 1], [y1, x1, y2, x2], atol=2)
