"""Losses of both networks, from the discriminator's logits.

`logistic`: Goodfellow et al.: Generative Adversarial Nets, NeurIPS 2014, with the loss for the generator that does not
saturate (section 3). `hinge`: Lim, Ye: Geometric GAN, 2017; Miyato et al., ICLR 2018.
"""

import tensorflow as tf


def discriminator_loss(name: str, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
    """The mean loss of logits (B,) of real and of generated pictures."""
    if name == "hinge":
        return tf.reduce_mean(tf.nn.relu(1 - real)) + tf.reduce_mean(tf.nn.relu(1 + fake))
    return tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake))


def generator_loss(name: str, fake: tf.Tensor) -> tf.Tensor:
    """The mean loss of logits (B,) of generated pictures."""
    return -tf.reduce_mean(fake) if name == "hinge" else tf.reduce_mean(tf.nn.softplus(-fake))
