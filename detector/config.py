"""Detector settings: one dataclass and named presets."""

from dataclasses import dataclass, fields, replace
from typing import Any

from engine.backbones.efficientnet_lite import VERSIONS as LITES
from engine.settings import COUNT, LIMIT, POSITIVE, SHARE, WHOLE, check_ranges

RESNETS = {f"resnet{depth}": depth for depth in (10, 18, 34, 50, 101, 152)}
RANGES = {
    COUNT: (
        "channels", "min_level", "max_level", "anchor_scales", "head_units", "sampled_boxes", "proposals", "batch",
        "steps", "evaluate_every", "mask_channels", "sampled_masks",
    ),
    WHOLE: ("warmup_steps", "composites", "mask_convs", "mask_level", "seed"),
    SHARE: ("backbone_rate", "norm_momentum", "ema", "held_out"),
    POSITIVE: ("learning_rate",),
    LIMIT: ("context", "weight_decay", "pixel_weight", "mask_weight"),
}  # fmt: skip
MASK_SIDE = 28  # of a predicted mask
NMS_IOU = 0.55  # boxes of one part that overlap more are suppressed; high, as layered clothes overlap; of held-out


@dataclass(frozen=True)
class DetectorConfig:
    """How a detector is built and trained.

    Attributes:
        backbone: one of RESNETS, initialised at random, or of LITES, initialised with ImageNet weights, unless other
            initial weights are given. A number, as in older settings, is the depth of a ResNet.
        backbone_rate: of an EfficientNet-Lite: its learning rate, as a share of that of the rest; 0 freezes it except
            for weight decay and the statistics of batch normalisation.
        channels: of the feature pyramid and the proposal network.
        input_size: (height, width) photos are fitted into, multiples of 2 ** max_level.
        min_level, max_level: of the pyramid; level n has stride 2 ** n.
        anchor_scales: anchor sizes per octave.
        head_units: of each of the two fully connected layers of the box head.
        cascade_ious: IoU thresholds of further box heads (Cascade R-CNN); empty for plain Faster R-CNN.
        categories: the box head learns the categories; their probabilities sum to those of the parts. Needs a
            cascade, whose boxes do not depend on the class.
        context: side of the context ring around a box that the box head also sees, relative to the box; 0 for none.
        sampled_boxes: boxes per photo that the head is trained on.
        proposals: boxes per photo that the head classifies in prediction.
        batch, steps, learning_rate, warmup_steps: of SGD with momentum 0.9.
        decay_steps: where the learning rate falls tenfold; empty for a cosine to zero.
        weight_decay, norm_momentum: of the network.
        ema: decay of the averaged weights that are evaluated and exported; 0 for none.
        pixel_weight: weight of the loss on pixel labels, for data that has them.
        zoom: min and max magnification of the random views.
        composites: copy-paste photos per photo with pixel labels.
        held_out: share of the training photos kept for choosing the best checkpoint.
        evaluate_every: steps between evaluations, which also save a checkpoint.
        masks: Mask R-CNN: a head that also predicts the mask of each garment, MASK_SIDE by MASK_SIDE over its box. It
            learns from garments with an outline; the others train the boxes only.
        mask_channels, mask_convs: of the mask head.
        mask_level: the level of the pyramid whose features the mask head sees; 0 for one by the size of the box, as
            published, which is coarse for large garments.
        sampled_masks: boxes per photo that the mask head is trained on.
        mask_weight: weight of the mask loss.
        freeze: train the mask head alone; the boxes stay those of the initial weights.
        init_modules: what to load from an initial checkpoint: 'backbone', 'backbone,decoder' or 'all'.
        bfloat16: compute in bfloat16, where the machine supports it.
        seed: of weights, draws and views.
    """

    backbone: str = "resnet18"
    backbone_rate: float = 1.0
    channels: int = 128
    input_size: tuple[int, int] = (384, 256)
    min_level: int = 3
    max_level: int = 6
    anchor_scales: int = 2
    head_units: int = 512
    cascade_ious: tuple[float, ...] = ()
    categories: bool = False
    context: float = 0.0
    sampled_boxes: int = 128
    proposals: int = 100
    batch: int = 8
    steps: int = 5000
    learning_rate: float = 0.02
    warmup_steps: int = 200
    decay_steps: tuple[int, ...] = ()
    weight_decay: float = 4e-5
    norm_momentum: float = 0.97
    ema: float = 0.999
    pixel_weight: float = 1.0
    zoom: tuple[float, float] = (0.6, 2.0)
    composites: int = 1
    held_out: float = 0.1
    evaluate_every: int = 500
    masks: bool = False
    mask_channels: int = 64
    mask_convs: int = 3
    mask_level: int = 0
    sampled_masks: int = 16
    mask_weight: float = 1.0
    freeze: bool = False
    init_modules: str = "all"
    bfloat16: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.backbone, int):
            object.__setattr__(self, "backbone", f"resnet{self.backbone}")
        if self.backbone not in {**RESNETS, **LITES}:
            raise ValueError(f"backbone: expected one of {', '.join([*RESNETS, *LITES])}, got {self.backbone!r}")
        check_ranges(self, RANGES)
        if self.backbone_rate < 1 and self.backbone in RESNETS:
            raise ValueError(f"backbone_rate: expected 0 to 1, and 1 for a ResNet, got {self.backbone_rate}")
        stride = 2**self.max_level
        if self.categories and not self.cascade_ious:
            raise ValueError("categories: needs cascade_ious, as the boxes must not depend on the class")
        if self.mask_level and not self.min_level <= self.mask_level <= self.max_level:
            raise ValueError(f"mask_level: expected 0 or {self.min_level} to {self.max_level}, got {self.mask_level}")
        if self.freeze and not self.masks:
            raise ValueError("freeze: trains the mask head alone, so it needs masks=true")
        if len(self.input_size) != 2 or any(side < stride or side % stride for side in self.input_size):
            raise ValueError(f"input_size: expected a height and a width, multiples of {stride}, got {self.input_size}")
        if len(self.zoom) != 2 or not 0 < self.zoom[0] <= self.zoom[1]:
            raise ValueError(f"zoom: expected a minimum and a maximum above 0, got {self.zoom}")


R50FPN = DetectorConfig(
    backbone="resnet50", channels=256, input_size=(1216, 832), min_level=2, max_level=6, anchor_scales=1,
    head_units=1024, sampled_boxes=512, proposals=1000, batch=16, steps=90000, learning_rate=0.02,
    warmup_steps=1000, decay_steps=(60000, 80000), weight_decay=1e-4, norm_momentum=0.997, ema=0.0,
    pixel_weight=0.0, zoom=(0.8, 1.25), composites=0, evaluate_every=5000, init_modules="backbone",
)  # fmt: skip
PRESETS = {
    "tiny": DetectorConfig(
        backbone="resnet10", channels=16, input_size=(64, 64), max_level=5, head_units=16, cascade_ious=(0.6,),
        categories=True, context=2.5, sampled_boxes=16, proposals=16, mask_channels=8, mask_convs=1, sampled_masks=4,
        batch=2, steps=4, warmup_steps=1, composites=1, held_out=0.5, evaluate_every=2, bfloat16=False,
    ),
    "cpu": DetectorConfig(cascade_ious=(0.6, 0.7), categories=True, context=2.5, sampled_boxes=64),
    "lite": DetectorConfig(
        backbone="efficientnet-lite2", backbone_rate=0.3, input_size=(448, 320), cascade_ious=(0.6, 0.7),
        categories=True, context=2.5, sampled_boxes=64, ema=0.998, warmup_steps=100, bfloat16=False,
    ),
    "r50fpn": R50FPN,
    "mask_r50": replace(  # short side 750, long side 1101, as published for In-shop: 15 epochs of 25,900 photos
        R50FPN, input_size=(1152, 768), steps=24300, decay_steps=(16200, 21600), evaluate_every=1620,
        masks=True, mask_channels=256, mask_convs=4, sampled_masks=128,
    ),
}  # fmt: skip


def preset(name: str, **changes: Any) -> DetectorConfig:
    """A named preset, with some settings changed.

    Raises:
        KeyError: no preset or no setting of that name.
    """
    if name not in PRESETS:
        raise KeyError(f"no preset {name!r}; there are {', '.join(PRESETS)}")
    unknown = set(changes) - {f.name for f in fields(DetectorConfig)}
    if unknown:
        raise KeyError(f"no setting {sorted(unknown)}; there are {', '.join(f.name for f in fields(DetectorConfig))}")
    return replace(PRESETS[name], **changes)
