"""The Model Garden's configuration of the task, with further settings."""

import dataclasses

from official.vision.configs import maskrcnn as library


@dataclasses.dataclass
class GarmentTaskConfig(library.MaskRCNNTask):
    """The library's configuration with further settings.

    Attributes:
        pixel_classes: how many labels a label map may hold.
        pixel_weight: weight of the pixel loss; 0 trains boxes alone.
        zoom: min and max magnification of the random views.
        context, backbone, backbone_rate, mask_level, freeze: as in DetectorConfig.
    """

    pixel_classes: int = 64
    pixel_weight: float = 1.0
    zoom: list[float] = dataclasses.field(default_factory=lambda: [0.6, 2.0])
    context: float = 0.0
    backbone: str = "resnet18"
    backbone_rate: float = 1.0
    mask_level: int = 0
    freeze: bool = False
