"""Losses and figures of a training run, from the TensorBoard files it writes."""

from pathlib import Path

import pandas as pd


def tensorboard_scalars(run: Path) -> pd.DataFrame:
    """A row a step, a column a scalar, 'folder/name'; nan where it was not written at that step.

    Args:
        run: folder of a run of `detector.train` or `classifier.train`.

    Raises:
        FileNotFoundError: the folder holds no TensorBoard files.
    """
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    folders = sorted({file.parent for file in run.rglob("events.out.tfevents.*")})
    if not folders:
        raise FileNotFoundError(f"{run}: expected the TensorBoard files of a training run")
    columns = {}
    for folder in folders:
        events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
        events.Reload()
        for tag in events.Tags()["tensors"]:
            values = {event.step: make_ndarray(event.tensor_proto) for event in events.Tensors(tag)}
            if all(value.ndim == 0 and value.dtype.kind == "f" for value in values.values()):
                columns[f"{folder.relative_to(run).as_posix()}/{tag}"] = pd.Series(values, dtype=float)
    return pd.DataFrame(columns).sort_index().rename_axis("step")
