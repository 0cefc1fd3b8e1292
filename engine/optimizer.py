"""AdamW with a schedule that does not slow down the start of training, and a lower rate for pretrained layers."""

from typing import Any

import keras


@keras.saving.register_keras_serializable("garments")
class AdamW(keras.optimizers.AdamW):
    """Keras's AdamW, except that the schedule is evaluated once a step, and that some layers may learn more slowly.

    Keras evaluates it once for each variable, which for a ResNet50 with a warm-up makes hundreds of branches in the
    graph: the first step of `fit` then takes twice as long.

    With `head`, variables whose path does not start with it have `slow` times the learning rate.
    """

    def __init__(
        self,
        learning_rate: keras.optimizers.schedules.LearningRateSchedule,
        head: str = "",
        slow: float = 1.0,
        **settings: Any,
    ):
        super().__init__(0.0, **settings)
        self.schedule, self.head, self.slow = learning_rate, head, slow

    def apply(self, grads: list, trainable_variables: list | None = None) -> None:
        """One step, at the rate that the schedule gives for it."""
        self.learning_rate.assign(self.schedule(self.iterations))
        super().apply(grads, trainable_variables)

    def build(self, variables: list) -> None:
        """Note how fast each of the variables learns."""
        super().build(variables)
        self._factors = [1.0 if variable.path.startswith(self.head) else self.slow for variable in variables]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One step of one variable."""
        super().update_step(gradient, variable, learning_rate * self._factors[self._get_variable_index(variable)])

    def get_config(self) -> dict:
        """The arguments it was made with."""
        schedule = keras.saving.serialize_keras_object(self.schedule)
        return {**super().get_config(), "learning_rate": schedule, "head": self.head, "slow": self.slow}


def warmed_up_adamw(
    learning_rate: float, weight_decay: float, epochs: int, steps: int, clip_norm: float = 5.0, **settings: Any
) -> AdamW:
    """AdamW whose rate rises for one epoch and then falls by a cosine to zero.

    Args:
        learning_rate: the highest.
        weight_decay: of AdamW.
        epochs: of the training.
        steps: of an epoch.
        clip_norm: of all gradients together.
        settings: further ones of `AdamW`.
    """
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, (epochs - 1) * steps), warmup_target=learning_rate, warmup_steps=steps
    )
    return AdamW(rate, weight_decay=weight_decay, global_clipnorm=clip_norm, **settings)
