"""The training of generator and discriminator against one another, as one Keras model."""

import keras
import tensorflow as tf

from generator.augment import augmented
from generator.config import GeneratorConfig
from generator.losses import discriminator_loss, generator_loss
from generator.networks import build_discriminator, build_generator


class GAN(keras.Model):
    """Two networks and how one batch trains both: the discriminator first, then the generator against it.

    All that is random in a step follows from the seed and the number of the step, so that a resumed run goes on exactly
    as one that was never stopped.

    Attributes:
        generator, discriminator: the networks.
        average: a generator whose weights are the moving average of those of `generator`; the same one without average.
    """

    def __init__(self, config: GeneratorConfig, classes: int = 0):
        """Build both for so many parts or categories, 0 for no condition; compiled and ready for `fit`."""
        super().__init__(name="gan")
        self.config, self.classes = config, classes
        self.generator = build_generator(config, classes)
        self.discriminator = build_discriminator(config, classes)
        self.average = self.generator
        if config.average:
            self.average = keras.models.clone_model(self.generator)
            self.average.set_weights(self.generator.get_weights())
        rates = config.generator_rate, config.discriminator_rate
        adams = [keras.optimizers.Adam(rate, config.beta_1, config.beta_2) for rate in rates]
        self.generator_optimizer, optimizer = adams
        self.generator_optimizer.build(self.generator.trainable_variables)
        optimizer.build(self.discriminator.trainable_variables)
        self.compile(optimizer=optimizer, jit_compile=False)
        self.built = True

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One step of both networks.

        Args:
            data: (B, size, size, 3) uint8 pictures, and (B,) int32 categories, which the generated ones get too.

        Returns:
            d_loss and g_loss; d_real, the mean probability of being real that the discriminator gives real pictures;
            d_fake_before and d_fake_after, that of generated ones before and after its own step.
        """
        pictures, categories = data
        step = tf.cast(self.optimizer.iterations, tf.int32)
        real = tf.cast(pictures, tf.float32) / 127.5 - 1
        noise = tf.random.stateless_normal([tf.shape(real)[0], self.config.latent], self._seed(step, 0))
        with tf.GradientTape() as tape:
            fake = self.generator(self._asked(noise=noise, category=categories), training=True)
            with tape.stop_recording():
                logs = self._train_discriminator(real, fake, categories, step)
            judged = self._judge(augmented(fake, self.config.augment, self._seed(step, 3)), categories)
            loss = generator_loss(self.config.loss, judged)
        self.generator_optimizer.apply(tape.gradient(loss, self.generator.trainable_variables))
        self._move_average()
        return {**logs, "g_loss": loss, "d_fake_after": tf.reduce_mean(tf.sigmoid(judged))}

    def _train_discriminator(self, real: tf.Tensor, fake: tf.Tensor, categories: tf.Tensor, step: tf.Tensor) -> dict:
        real, fake = (augmented(p, self.config.augment, self._seed(step, n)) for n, p in enumerate((real, fake), 1))
        variables = [variable.value for variable in self.discriminator.trainable_variables]
        with tf.GradientTape() as tape:
            of_real, of_fake = self._judge(real, categories), self._judge(fake, categories)
            loss = discriminator_loss(self.config.loss, of_real, of_fake)
        gradients = tape.gradient(loss, variables)
        if self.config.r1:
            penalties = tf.cond(
                step % self.config.r1_every == 0,
                lambda: self._penalty_gradients(real, categories),
                lambda: [tf.zeros_like(variable) for variable in variables],
            )
            gradients = [tf.convert_to_tensor(g) + penalty for g, penalty in zip(gradients, penalties, strict=True)]
        self.optimizer.apply(gradients)
        means = [tf.reduce_mean(tf.sigmoid(logits)) for logits in (of_real, of_fake)]
        return {"d_loss": loss, "d_real": means[0], "d_fake_before": means[1]}

    def _penalty_gradients(self, real: tf.Tensor, categories: tf.Tensor) -> list[tf.Tensor]:
        """Gradients of R1, the squared slope of the logits at real pictures, weighted for all steps until the next.

        Mescheder et al.: Which Training Methods for GANs do actually Converge?, ICML 2018, section 4.1; every r1_every
        steps as in Karras et al.: StyleGAN2, CVPR 2020, appendix B.
        """
        variables = [variable.value for variable in self.discriminator.trainable_variables]
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(real)
                logits = tf.reduce_sum(self._judge(real, categories))
            slopes = tf.reduce_sum(tf.square(inner.gradient(logits, real)), [1, 2, 3])
            penalty = self.config.r1 / 2 * self.config.r1_every * tf.reduce_mean(slopes)
        gradients = outer.gradient(penalty, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return [tf.convert_to_tensor(gradient) for gradient in gradients]  # those of embeddings are sparse

    def _judge(self, pictures: tf.Tensor, categories: tf.Tensor) -> tf.Tensor:
        return self.discriminator(self._asked(picture=pictures, category=categories), training=True)

    def _asked(self, category: tf.Tensor, **inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """The inputs of a network, with the category if it takes one."""
        return {**inputs, "category": category} if self.classes else inputs

    def _move_average(self) -> None:
        if self.average is self.generator:
            return
        steps = tf.cast(self.generator_optimizer.iterations, tf.float32)
        decay = tf.minimum(self.config.average, (1 + steps) / (10 + steps))  # the random first weights fade soon
        for average, weight in zip(self.average.weights, self.generator.weights, strict=True):
            average.assign(average * decay + weight * (1 - decay))

    def _seed(self, step: tf.Tensor, use: int) -> tf.Tensor:
        """(2,) int32, another one for every step and use."""
        return tf.stack([(self.config.seed * 1000 + use * 10) % 2**31, step])
