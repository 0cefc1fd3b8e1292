"""The Model Garden's Faster R-CNN task, with random views and pixel labels as an auxiliary task.

Everything here is tf_keras, as in the Model Garden; the SavedModel is the border to the rest of the project.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf
import tf_keras
from official.common import dataset_fn
from official.vision.configs import maskrcnn as library
from official.vision.dataloaders import input_reader, input_reader_factory, maskrcnn_input, tf_example_decoder
from official.vision.tasks import maskrcnn

from detector.augment import NO_LABEL, PIXEL_STRIDE, random_view
from detector.model import built_detector
from detector.weights import settings_of, take_heads, take_weights
from engine.backbones.efficientnet_lite import VERSIONS, load_imagenet

PIXEL_LEVEL = str(PIXEL_STRIDE.bit_length() - 1)
LABEL_MAP = "image/segmentation/class/encoded"


class Decoder(tf_example_decoder.TfExampleDecoder):
    """The library's decoder, with the label map."""

    def decode(self, serialized_example: tf.Tensor) -> dict[str, tf.Tensor]:
        """As in the library; adds label_map (H, W, 1) uint8."""
        decoded = super().decode(serialized_example)
        found = tf.io.parse_single_example(serialized_example, {LABEL_MAP: tf.io.FixedLenFeature([], tf.string)})
        return {**decoded, "label_map": tf.io.decode_png(found[LABEL_MAP], channels=1)}


class Parser(maskrcnn_input.Parser):
    """The library's parser; in training it takes a random view of the photo and adds `pixels` to the labels."""

    def __init__(self, *args: Any, zoom: list[float], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._zoom = zoom

    def _parse_train_data(self, data: dict[str, tf.Tensor]) -> tuple[tf.Tensor, dict[str, Any]]:
        low, high = self._zoom
        view = random_view(data, self._output_size, (low, high))
        image, labels = super()._parse_train_data(view)
        return image, {**labels, "pixels": view["label_map"]}


class GarmentTask(maskrcnn.MaskRCNNTask):
    """Faster R-CNN whose features also predict the label of every pixel, for photos with a label map."""

    def build_model(self) -> tf_keras.Model:
        """The adapted model, with a 1 x 1 convolution on its stride 8 features, which is not exported."""
        config = self.task_config
        model = built_detector(config)
        if config.freeze:  # once built, as it holds for the layers inside
            for part in (model.backbone, model.decoder, model.rpn_head, *model.detection_head):
                part.trainable = False
        model.pixel_head = tf_keras.layers.Conv2D(config.pixel_classes, 1, dtype="float32")
        model.pixel_head.build([None, None, None, config.model.decoder.get().num_filters])
        return model

    def initialize(self, model: tf_keras.Model) -> None:
        """As in the library; the initial weights may also be an exported detector.

        An EfficientNet-Lite starts from ImageNet weights, unless the initial weights have the same backbone.

        Raises:
            FileNotFoundError: there are no weights at that path, or the ImageNet weights are not installed.
            ValueError: the exported detector is another network.
        """
        first, backbone = self.task_config.init_checkpoint, self.task_config.backbone
        if first and (Path(first) / "saved_model.pb").exists():
            if settings_of(Path(first)).backbone == backbone:
                return take_weights(model, Path(first))
            left = take_heads(model, Path(first))
            print(f"{first} has another backbone; besides it these keep their initial weights: {', '.join(left)}")
        elif first:
            if not (tf.train.latest_checkpoint(first) or tf.io.gfile.glob(f"{first}.index")):
                raise FileNotFoundError(f"{first}: expected a checkpoint, its folder, or an exported detector")
            return super().initialize(model)
        if backbone in VERSIONS:
            load_imagenet(model.backbone, VERSIONS[backbone])

    def build_inputs(
        self,
        params: library.DataConfig,
        input_context: tf.distribute.InputContext | None = None,
        dataset_fn_: Callable | None = None,
    ) -> tf.data.Dataset:
        """As in the library, with the decoder and parser of this file."""
        model, parser = self.task_config.model, params.parser
        parse = Parser(
            output_size=model.input_size[:2],
            min_level=model.min_level,
            max_level=model.max_level,
            num_scales=model.anchor.num_scales,
            aspect_ratios=model.anchor.aspect_ratios,
            anchor_size=model.anchor.anchor_size,
            rpn_batch_size_per_im=parser.rpn_batch_size_per_im,
            max_num_instances=parser.max_num_instances,
            include_mask=model.include_mask,
            mask_crop_size=parser.mask_crop_size,
            dtype=params.dtype,
            zoom=self.task_config.zoom,
        )
        reader = input_reader_factory.input_reader_generator(
            params,
            dataset_fn=dataset_fn_ or dataset_fn.pick_dataset_fn(params.file_type),
            decoder_fn=Decoder(include_mask=model.include_mask).decode,
            combine_fn=input_reader.create_combine_fn(params),
            parser_fn=parse.parse_fn(params.is_training),
        )
        return reader.read(input_context=input_context)

    def build_losses(
        self, outputs: dict[str, Any], labels: dict[str, Any], aux_losses: list[tf.Tensor] | None = None
    ) -> dict[str, tf.Tensor]:
        """The library's losses; `pixel_loss` is added to the total."""
        losses = super().build_losses(outputs, labels, aux_losses)
        losses["pixel_loss"] = pixel_loss(labels["pixels"], outputs["pixels"])
        losses["total_loss"] += self.task_config.pixel_weight * losses["pixel_loss"]
        return losses

    def _build_mask_loss(self, outputs: dict[str, Any]) -> tf.Tensor:
        """The library's loss, over the boxes of garments with an outline: the mask of the others is empty."""
        known = tf.reduce_any(outputs["mask_targets"] > 0, axis=[2, 3])
        classes = tf.where(known, outputs["mask_class_targets"], 0)
        return super()._build_mask_loss({**outputs, "mask_class_targets": classes})

    def build_metrics(self, training: bool = True) -> list[tf_keras.metrics.Metric]:
        """The library's metrics and the pixel loss."""
        metrics = super().build_metrics(training)
        return [*metrics, tf_keras.metrics.Mean("pixel_loss")] if training else metrics

    def train_step(
        self,
        inputs: tuple[Any, Any],
        model: tf_keras.Model,
        optimizer: tf_keras.optimizers.Optimizer,
        metrics: list[tf_keras.metrics.Metric] | None = None,
    ) -> dict[str, Any]:
        """The library's step, on a model that also outputs the pixel logits."""
        return super().train_step(inputs, _WithPixels(model), optimizer, metrics)


class _WithPixels:
    """A model with pixel logits, with the attributes that the library's train_step uses."""

    def __init__(self, model: tf_keras.Model):
        self.model = model
        self.losses, self.trainable_variables = model.losses, model.trainable_variables

    def __call__(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        outputs = self.model(*args, **kwargs)
        features = tf.cast(outputs["decoder_features"][PIXEL_LEVEL], tf.float32)
        return {**outputs, "pixels": self.model.pixel_head(features)}


def pixel_loss(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Mean cross-entropy of (B, h, w, C) logits over pixels whose (B, h, w) label is not NO_LABEL; 0 if none."""
    known = tf.cast(labels < NO_LABEL, tf.float32)
    labels = tf.cast(labels * known, tf.int32)
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, tf.cast(logits, tf.float32)) * known
    return tf.math.divide_no_nan(tf.reduce_sum(loss), tf.reduce_sum(known))
