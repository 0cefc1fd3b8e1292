"""The 59 labels of CCP, by their numbers in the label maps."""

from pathlib import Path

from photos.label_maps import read_mat


def label_names(root: Path) -> list[str]:
    """The label names, in the order of the numbers in the label maps."""
    return [str(name[0]) for name in read_mat(Path(root) / "label_list.mat", "label_list").ravel()]


def name_of(names: list[str], number: int) -> str:
    """The name of a label number.

    Raises:
        ValueError: label_list.mat has no such number.
    """
    if number >= len(names):
        raise ValueError(f"label number {number} is not in label_list.mat ({len(names)} labels)")
    return names[number]
