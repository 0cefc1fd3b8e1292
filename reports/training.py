"""The curves of a training run: losses and figures over epochs or steps, and what its sampler drew."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from reports.page import Page


def training_curves(page: Page, name: str, run: Path) -> None:
    """Blocks of a training run: its curves and, for a classifier, what was drawn in each epoch.

    Args:
        page: to add them to.
        name: of the model.
        run: the --out of `classifier.train` or `detector.train`.

    Raises:
        FileNotFoundError: it holds no training log.
    """
    if not (run / "metrics.jsonl").exists():
        raise FileNotFoundError(
            f"{run}: no metrics.jsonl; expected the --out of a train command, after its first epoch"
        )
    log = pd.read_json(run / "metrics.jsonl", lines=True).drop(columns="seconds", errors="ignore")
    if "epoch" in log:
        log = log.set_index(log.pop("epoch") + 1)
        drawn = log.pop("drawn") if "drawn" in log else None
        losses, scores = log.filter(like="loss"), log.drop(columns=log.filter(like="loss"))
    else:
        losses, scores, drawn = *detector_log(run), None
    page.picture(f"training-{name}", f"Training of {name}", curves_figure(losses, scores))
    if drawn is not None:
        counts = pd.DataFrame(drawn.tolist(), index=drawn.index).fillna(0).astype(int).T.sort_index()
        page.table(f"drawn-{name}", f"What the sampler drew for {name}", counts, "Garments per epoch.")


def detector_log(run: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(training losses, AP figures of held-out photos or nan), a row per step, from the TensorBoard files of a run."""
    losses, figures = _events(run / "train").filter(like="loss"), _events(run / "validation").filter(regex="^AP")
    return losses.loc[:, (losses != 0).any()].drop(columns="training_loss"), figures.where(figures >= 0)


def detector_minutes(run: Path) -> float:
    """How long the steps of a run took, without its evaluations, from its TensorBoard files."""
    rates = _events(run / "train")["steps_per_second"].dropna()
    steps = rates.index.to_series().diff().fillna(rates.index[0])
    return float((steps / rates).sum() / 60)


def _events(folder: Path) -> pd.DataFrame:
    """The values in TensorBoard files: a row a step, a column a tag."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util import tensor_util

    events = EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()
    columns = {
        tag: {event.step: float(tensor_util.make_ndarray(event.tensor_proto)) for event in events.Tensors(tag)}
        for tag in events.Tags()["tensors"]
    }
    return pd.DataFrame(columns).rename_axis("step").sort_index()


def curves_figure(losses: pd.DataFrame, scores: pd.DataFrame) -> Figure:
    """Losses on the left, scores on the right, a line per column; those of held-out photos (val_) are dashed."""
    figure = Figure((12, 4), layout="constrained")
    for axis, log, title in zip(figure.subplots(1, 2), (losses, scores), ("losses", "figures"), strict=True):
        for column in log:
            values = log[column].dropna()
            axis.plot(values.index, values, label=column, linestyle="--" if column.startswith("val_") else "-")
        axis.set(xlabel=log.index.name or "epoch", title=title)
        if len(log.columns):
            axis.legend(fontsize=7)
    return figure
