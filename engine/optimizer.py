"""AdamW with a schedule that does not slow down the start of training."""

from typing import Any

import keras


@keras.saving.register_keras_serializable("garments")
class AdamW(keras.optimizers.AdamW):
    """Keras's AdamW, except that the schedule is evaluated once a step.

    Keras evaluates it once for each variable, which for a ResNet50 with a warm-up makes hundreds of branches in the
    graph: the first step of `fit` then takes twice as long.
    """

    def __init__(self, learning_rate: keras.optimizers.schedules.LearningRateSchedule, **settings: Any):
        super().__init__(0.0, **settings)
        self.schedule = learning_rate

    def apply(self, grads: list, trainable_variables: list | None = None) -> None:
        """One step, at the rate that the schedule gives for it."""
        self.learning_rate.assign(self.schedule(self.iterations))
        super().apply(grads, trainable_variables)

    def get_config(self) -> dict:
        """The arguments it was made with."""
        return {**super().get_config(), "learning_rate": keras.saving.serialize_keras_object(self.schedule)}


def warmed_up_adamw(
    learning_rate: float, weight_decay: float, epochs: int, steps: int, clip_norm: float = 5.0
) -> AdamW:
    """AdamW whose rate rises for one epoch and then falls by a cosine to zero.

    Args:
        learning_rate: the highest.
        weight_decay: of AdamW.
        epochs: of the training.
        steps: of an epoch.
        clip_norm: of all gradients together.
    """
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, (epochs - 1) * steps), warmup_target=learning_rate, warmup_steps=steps
    )
    return AdamW(rate, weight_decay=weight_decay, global_clipnorm=clip_norm)
