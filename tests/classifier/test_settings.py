"""Settings are refused before anything is computed."""

import pytest

from classifier.models import preset


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (dict(sampling="foo"), "sampling: there is no 'foo'; there are none, sqrt, balanced, effective"),
        (dict(backbone="resnet5"), "backbone: there is no 'resnet5'; there are .*resnet50"),
        (dict(held_out=10), "held_out: expected 0 to 1, got 10"),
        (dict(crop=-0.1), "crop: expected 0 to 1"),
        (dict(epochs=0), "epochs: expected a whole number, 1 or more, got 0"),
    ],
)
def test_a_wrong_value_is_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        preset("img", **setting)
