"""The names of networks and losses, 'dice+ce'; without TensorFlow, so that a command line knows them at once."""

NETWORKS = ("unet", "fcn", "atrous", "densenet", "segnet")
LOSSES = ("ce", "weighted-ce", "focal", "dice", "tversky")


def parse_loss(text: str) -> list[tuple[float, str]]:
    """The losses that a text names, with their weights.

    Raises:
        ValueError: there is no such loss, or a weight is no number above 0.
    """
    terms = []
    for term in text.split("+"):
        weight, times, name = term.strip().rpartition("*")
        if name not in LOSSES:
            raise ValueError(f"loss: there is no {name!r}; there are {', '.join(LOSSES)}, and sums of them: 'dice+ce'")
        terms.append((_weight(weight) if times else 1.0, name))
    return terms


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = 0.0
    if not 0 < weight < float("inf"):
        raise ValueError(f"loss: expected a weight above 0, as in '0.5*dice+ce', got {text!r}")
    return weight
