"""The figures of a classifier's page: curves and calibration."""

import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve, roc_curve

from metrics.curves import Scored


def curves_figure(scored: Scored) -> Figure:
    """ROC and precision-recall curves, a line per category."""
    figure = Figure((13, 6))
    roc, pr = figure.subplots(1, 2)
    for n, name in enumerate(scored.names):
        positive = scored.truth == n
        if 0 < positive.sum() < len(positive):
            style = dict(label=name, color=f"C{n % 10}", linestyle=("-", "--")[n // 10 % 2], linewidth=1.2)
            roc.plot(*roc_curve(positive, scored.probabilities[:, n])[:2], **style)
            precision, recall, _ = precision_recall_curve(positive, scored.probabilities[:, n])
            pr.plot(recall, precision, **style)
    roc.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    roc.set(xlabel="false positive rate", ylabel="true positive rate", title="ROC, one versus rest")
    pr.set(xlabel="recall", ylabel="precision", title="precision and recall")
    pr.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def calibration_figure(bins: pd.DataFrame, error: float) -> Figure:
    """A reliability diagram, and below it the number of garments in each bin."""
    figure = Figure((6, 6))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    middle = (bins["low"] + bins["high"]) / 2
    above.bar(middle, bins["right"], 0.09, color="#8fb3e0")
    above.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    above.set(ylabel="share right", ylim=(0, 1), title=f"expected calibration error {error:.3f}")
    below.bar(middle, bins["garments"], 0.09, color="#67717c")
    below.set(xlabel="confidence", ylabel="garments", xlim=(0, 1))
    return figure
