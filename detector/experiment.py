"""Detector settings -> the Model Garden's configuration of an experiment (imports `official` when called)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from detector.config import MASK_SIDE, NMS_IOU, RESNETS, DetectorConfig
from garments.vocabulary import PARTS

if TYPE_CHECKING:
    from official.core.config_definitions import ExperimentConfig, TrainerConfig
    from official.vision.configs.maskrcnn import MaskRCNN


@dataclass(frozen=True)
class Data:
    """The record files of a training run and how many records each has."""

    train: list[str] = field(default_factory=list)
    held_out: str = ""
    held_out_count: int = 0


def experiment(config: DetectorConfig, data: Data, init_checkpoint: str | None = None) -> "ExperimentConfig":
    """The Model Garden ExperimentConfig of a DetectorConfig (imports `official`)."""
    from official.core import config_definitions as cfg
    from official.vision.configs import maskrcnn

    from detector.task_config import GarmentTaskConfig

    modules = config.init_modules if config.init_modules == "all" else config.init_modules.split(",")
    task = GarmentTaskConfig(
        model=_model(config),
        losses=maskrcnn.Losses(l2_weight_decay=config.weight_decay, mask_weight=config.mask_weight),
        train_data=maskrcnn.DataConfig(
            input_path=list(data.train), is_training=True, global_batch_size=config.batch, shuffle_buffer_size=1000,
            seed=config.seed,
        ),
        validation_data=maskrcnn.DataConfig(
            input_path=data.held_out, is_training=False, global_batch_size=min(8, data.held_out_count or 8),
            drop_remainder=False, num_examples=data.held_out_count,
        ),
        init_checkpoint=init_checkpoint,
        init_checkpoint_modules=modules,
        annotation_file=None,
        pixel_weight=config.pixel_weight,
        zoom=list(config.zoom),
        context=config.context,
        backbone=config.backbone,
        backbone_rate=config.backbone_rate,
        mask_level=config.mask_level,
        freeze=config.freeze,
    )  # fmt: skip
    for part in (task.train_data, task.validation_data):
        part.dtype = "bfloat16" if config.bfloat16 else "float32"
    runtime = cfg.RuntimeConfig(
        distribution_strategy="one_device", mixed_precision_dtype="bfloat16" if config.bfloat16 else None
    )
    return cfg.ExperimentConfig(runtime=runtime, task=task, trainer=_trainer(config, data))


def _model(config: DetectorConfig) -> "MaskRCNN":
    from official.vision.configs import backbones, common, decoders, maskrcnn

    from detector.classes import CLASSES

    depth = RESNETS.get(config.backbone, 18)  # unused for other backbones, which detector.model builds
    return maskrcnn.MaskRCNN(
        num_classes=1 + len(CLASSES if config.categories else PARTS),
        input_size=[*config.input_size, 3],
        min_level=config.min_level,
        max_level=config.max_level,
        **_masks(config),
        anchor=maskrcnn.Anchor(num_scales=config.anchor_scales, anchor_size=4.0 if config.min_level == 3 else 8.0),
        backbone=backbones.Backbone(type="resnet", resnet=backbones.ResNet(model_id=depth)),
        decoder=decoders.Decoder(type="fpn", fpn=decoders.FPN(num_filters=config.channels)),
        rpn_head=maskrcnn.RPNHead(num_filters=config.channels),
        detection_head=maskrcnn.DetectionHead(
            num_convs=0,
            num_fcs=2,
            fc_dims=config.head_units,
            class_agnostic_bbox_pred=bool(config.cascade_ious),
            cascade_class_ensemble=bool(config.cascade_ious),
        ),
        roi_generator=maskrcnn.ROIGenerator(
            pre_nms_top_k=1000,
            num_proposals=max(300, config.proposals),
            test_pre_nms_top_k=max(500, config.proposals),
            test_num_proposals=config.proposals,
        ),
        roi_sampler=maskrcnn.ROISampler(
            num_sampled_rois=config.sampled_boxes, cascade_iou_thresholds=list(config.cascade_ious) or None
        ),
        detection_generator=maskrcnn.DetectionGenerator(
            nms_iou_threshold=NMS_IOU, pre_nms_score_threshold=0.005, max_num_detections=30
        ),
        norm_activation=common.NormActivation(norm_momentum=config.norm_momentum, norm_epsilon=1e-4, use_sync_bn=False),
    )


def _masks(config: DetectorConfig) -> dict[str, Any]:
    """The mask branch, of one mask a box for all classes; without masks the library wants None for each part."""
    from official.vision.configs import maskrcnn

    if not config.masks:
        return {"include_mask": False, "mask_head": None, "mask_sampler": None, "mask_roi_aligner": None}
    head = maskrcnn.MaskHead(num_convs=config.mask_convs, num_filters=config.mask_channels, class_agnostic=True)
    return {
        "include_mask": True,
        "mask_head": head,
        "mask_sampler": maskrcnn.MaskSampler(num_sampled_masks=config.sampled_masks),
        "mask_roi_aligner": maskrcnn.MaskROIAligner(crop_size=MASK_SIDE // head.upsample_factor),
    }


def _trainer(config: DetectorConfig, data: Data) -> "TrainerConfig":
    from official.core import config_definitions as cfg
    from official.modeling import optimization

    if config.decay_steps:
        values = [config.learning_rate * 0.1**n for n in range(len(config.decay_steps) + 1)]
        rate: dict[str, Any] = {
            "type": "stepwise",
            "stepwise": {"boundaries": list(config.decay_steps), "values": values},
        }
    else:
        rate = {
            "type": "cosine",
            "cosine": {"initial_learning_rate": config.learning_rate, "decay_steps": config.steps},
        }
    settings: dict[str, dict[str, Any]] = {
        "optimizer": {"type": "sgd", "sgd": {"momentum": 0.9, "global_clipnorm": 10.0}},
        "learning_rate": rate,
        "warmup": {"type": "linear", "linear": {"warmup_steps": config.warmup_steps, "warmup_learning_rate": 0.0}},
    }
    if config.ema:
        settings["ema"] = {"average_decay": config.ema, "trainable_weights_only": False}
    every = config.evaluate_every
    return cfg.TrainerConfig(
        train_steps=config.steps,
        steps_per_loop=min(100, every),
        summary_interval=min(100, every),
        checkpoint_interval=every,
        max_to_keep=2,
        validation_interval=every,
        validation_steps=-(-data.held_out_count // 8),
        best_checkpoint_export_subdir="best",
        best_checkpoint_eval_metric="mask_AP" if config.freeze else "AP",
        best_checkpoint_metric_comp="higher",
        optimizer_config=optimization.OptimizationConfig(settings),
    )
