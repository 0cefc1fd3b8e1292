"""Reading weights from a file of PyTorch, without PyTorch and without running code from the file.

The format of `torch.save` before version 1.6 is five pickles (a magic number, the protocol, the machine, the tensors,
the keys of their storages), then each storage: its number of values as an int64, and the values.
"""

import math
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
ZIP = b"PK\x03\x04"
STORAGES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2",
            "LongStorage": "<i8", "IntStorage": "<i4", "ByteStorage": "u1"}  # fmt: skip


def read_torch_file(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a file of `torch.save` before 1.6, each contiguous.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: another format, a damaged file, or one that holds more than tensors.
    """
    with open(path, "rb") as file:
        if file.read(len(ZIP)) == ZIP:
            raise ValueError(
                f"{path} is in the zip format of torch.save since 1.6; expected the one before: in PyTorch, save it "
                "again with _use_new_zipfile_serialization=False"
            )
        file.seek(0)
        try:
            return _read(file, Path(path).stat().st_size)
        except Exception as error:  # a damaged pickle raises nearly anything
            raise ValueError(f"{path}: expected weights as torch.save wrote them before 1.6: {error}") from error


class _Storage(NamedTuple):
    dtype: str
    key: str
    length: int


class _Tensor(NamedTuple):
    """A tensor whose storage is not read yet; offset and strides count values."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Unpickler(pickle.Unpickler):
    """Accepts ordered dicts, tensors and storages, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: _Tensor(storage, offset, shape, strides)
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a file of weights")

    def persistent_load(self, pid: tuple) -> _Storage:
        tag, dtype, key, _, length, view = pid
        if tag != "storage" or dtype not in STORAGES.values() or view is not None:
            raise pickle.UnpicklingError(f"expected a whole storage of numbers, got {tag!r} of {dtype!r}")
        return _Storage(dtype, key, length)


def _read(file: BinaryIO, size: int) -> dict[str, np.ndarray]:
    if _Unpickler(file).load() != MAGIC:
        raise ValueError("no magic number")
    _Unpickler(file).load()
    if not _Unpickler(file).load()["little_endian"]:
        raise ValueError("written by a big-endian machine")
    named = _Unpickler(file).load()
    storages = {tensor.storage.key: tensor.storage for tensor in named.values()}
    values = {key: _values(file, storages[key], size) for key in _Unpickler(file).load()}
    return {name: _array(tensor, values[tensor.storage.key]) for name, tensor in named.items()}


def _values(file: BinaryIO, storage: _Storage, size: int) -> np.ndarray:
    """The values of the next storage in a file of `size` bytes."""
    count, dtype = int.from_bytes(file.read(8), "little"), np.dtype(storage.dtype)
    if count != storage.length or file.tell() + count * dtype.itemsize > size:
        raise ValueError(f"storage {storage.key} has {count} values; expected {storage.length}, and all in the file")
    return np.frombuffer(file.read(count * dtype.itemsize), dtype)


def _array(tensor: _Tensor, values: np.ndarray) -> np.ndarray:
    """The tensor as a contiguous array; its strides give the order in which the values are stored."""
    shape, strides = tensor.shape, tensor.strides
    last = tensor.offset + sum((side - 1) * stride for side, stride in zip(shape, strides, strict=True))
    inside = min([tensor.offset, *shape, *strides]) >= 0 and last < len(values)
    if not inside or math.prod(shape) > len(values):  # a stride of 0 could repeat values without limit
        raise ValueError(f"a tensor of shape {shape}, strides {strides} reaches beyond its {len(values)} values")
    lengths = [stride * values.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(values[tensor.offset :], shape, lengths).copy()
