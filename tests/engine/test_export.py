import json

import numpy as np

from engine.checksums import verified_files
from engine.saved_model import weights


def test_weights_are_stored_in_half_precision_unless_they_do_not_fit(exported):
    size = sum(f.stat().st_size for f in exported.path.rglob("*") if f.is_file())
    half, full = 512 * 256 * 2, 512 * 256 * 4
    assert half + full < size < half + full + 100_000


def test_the_variables_that_are_used_come_back_by_name(exported):
    found = weights(exported.path)
    assert sorted(found) == ["loose", "matrix"]
    assert np.array_equal(found["matrix"], exported.matrix.astype(np.float16))
    assert np.array_equal(found["loose"], exported.loose)


def test_the_settings_are_written_with_the_format(exported):
    assert json.loads((exported.path / "config.json").read_text()) == {"format": 2, "size": 512}


def test_an_exported_model_has_checksums(exported):
    assert set(verified_files(exported.path, "weights.json")) >= {"config.json", "saved_model.pb"}
