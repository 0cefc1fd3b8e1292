import os
import pickle
import struct
from collections import OrderedDict

import numpy as np
import pytest

from engine.backbones.torch_file import MAGIC, read_torch_file


class Named:
    """Pickles as the global of that name, as a class of PyTorch does."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Rebuilt:
    """Pickles as a tensor does: a call of `_rebuild_tensor_v2`."""

    def __init__(self, storage, offset, shape, strides):
        self.arguments = (storage, offset, shape, strides, False, OrderedDict())


class Stored:
    """Pickles as a storage does: by a persistent id."""

    def __init__(self, values, key, storage_type="FloatStorage", count=None):
        self.values, self.key, self.storage_type = np.asarray(values), key, storage_type
        self.count = len(self.values) if count is None else count


class Writer(pickle._Pickler):
    """Writes what `torch.save` wrote, without PyTorch."""

    def persistent_id(self, obj):
        if isinstance(obj, Stored):
            return ("storage", Named("torch", obj.storage_type), obj.key, "cpu", obj.count, None)
        return None

    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, Named):
            self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
        elif isinstance(obj, Rebuilt):
            self.save(Named("torch._utils", "_rebuild_tensor_v2"))
            self.save(obj.arguments)
            self.write(pickle.REDUCE)
        else:
            super().save(obj, save_persistent_id)


def torch_file(path, tensors, *storages, little_endian=True):
    """A file of `torch.save` before 1.6."""
    with open(path, "wb") as file:
        for part in (MAGIC, 1001, {"little_endian": little_endian}, tensors, [s.key for s in storages]):
            Writer(file, 2).dump(part)
        for storage in storages:
            file.write(struct.pack("<q", len(storage.values)) + storage.values.tobytes())
    return path


SIX = Stored(np.arange(6, dtype=np.float32), "0")


@pytest.mark.parametrize(
    "offset, shape, strides, expected",
    [
        (0, (2, 3), (3, 1), [[0, 1, 2], [3, 4, 5]]),
        (0, (3, 2), (1, 3), [[0, 3], [1, 4], [2, 5]]),  # stored transposed
        (1, (2, 2), (3, 1), [[1, 2], [4, 5]]),
        (5, (), (), 5),
        (6, (0,), (1,), []),
    ],
)
def test_strides_give_the_order_of_values(tmp_path, offset, shape, strides, expected):
    path = torch_file(tmp_path / "a.pth", OrderedDict(a=Rebuilt(SIX, offset, shape, strides)), SIX)
    found = read_torch_file(path)["a"]
    assert np.array_equal(found, expected) and found.shape == shape and found.flags.c_contiguous


def test_tensors_share_a_storage_and_storages_have_types(tmp_path):
    counts = Stored(np.array([7], np.int64), "1", "LongStorage")
    tensors = OrderedDict(a=Rebuilt(SIX, 0, (2,), (1,)), b=Rebuilt(SIX, 2, (2,), (1,)), n=Rebuilt(counts, 0, (), ()))
    found = read_torch_file(torch_file(tmp_path / "a.pth", tensors, SIX, counts))
    assert {name: value.tolist() for name, value in found.items()} == {"a": [0, 1], "b": [2, 3], "n": 7}
    assert found["n"].dtype == np.int64


@pytest.mark.parametrize(
    "offset, shape, strides",
    [
        (0, (7,), (1,)),
        (1, (2, 3), (3, 1)),
        (5, (3,), (-1,)),
        (-1, (2,), (1,)),
        (0, (-2,), (1,)),
        (0, (2, 2), (1,)),
        (0, (10**12,), (0,)),
        (0, (2,), (10**30,)),
        (0, (1.5,), (1,)),
        (0, "ab", (1, 1)),
    ],
)
def test_a_tensor_that_reaches_beyond_its_storage_is_refused(tmp_path, offset, shape, strides):
    path = torch_file(tmp_path / "a.pth", OrderedDict(a=Rebuilt(SIX, offset, shape, strides)), SIX)
    with pytest.raises(ValueError, match=r"a\.pth: expected weights as torch\.save wrote them before 1\.6"):
        read_torch_file(path)


@pytest.mark.parametrize("count", [5, 7, -1, 2**62])
def test_a_storage_whose_counts_disagree_is_refused(tmp_path, count):
    lying = Stored(SIX.values, "0", count=count)
    path = torch_file(tmp_path / "a.pth", OrderedDict(a=Rebuilt(lying, 0, (1,), (1,))), lying)
    with pytest.raises(ValueError, match=f"storage 0 has 6 values; expected {count}"):
        read_torch_file(path)


@pytest.mark.parametrize("part", range(5))
def test_a_pickle_that_calls_a_function_is_refused_and_does_not_run(tmp_path, part):
    ran = tmp_path / "ran"

    class Attack:
        def __reduce__(self):
            return os.system, (f"touch {ran}",)

    parts = [MAGIC, 1001, {"little_endian": True}, OrderedDict(), []]
    parts[part] = Attack()
    (tmp_path / "a.pth").write_bytes(b"".join(pickle.dumps(p, 2) for p in parts))
    with pytest.raises(ValueError, match="system is no part of a file of weights"):
        read_torch_file(tmp_path / "a.pth")
    assert not ran.exists()
    pickle.loads(pickle.dumps(Attack()))
    assert ran.exists()  # it would have


@pytest.mark.parametrize("module, name", [("builtins", "eval"), ("torch", "load"), ("collections", "Counter")])
def test_other_names_are_refused(tmp_path, module, name):
    with pytest.raises(ValueError, match=f"{module}.{name} is no part of a file of weights"):
        read_torch_file(torch_file(tmp_path / "a.pth", OrderedDict(a=Named(module, name))))


def test_what_is_no_tensor_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"expected weights as torch\.save"):
        read_torch_file(torch_file(tmp_path / "a.pth", OrderedDict(epoch=3)))


def test_a_big_endian_file_is_refused(tmp_path):
    path = torch_file(tmp_path / "a.pth", OrderedDict(a=Rebuilt(SIX, 0, (6,), (1,))), SIX, little_endian=False)
    with pytest.raises(ValueError, match="big-endian"):
        read_torch_file(path)


def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path):
    whole = torch_file(tmp_path / "whole.pth", OrderedDict(a=Rebuilt(SIX, 0, (6,), (1,))), SIX).read_bytes()
    for length in range(len(whole)):
        (tmp_path / "cut.pth").write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"cut\.pth: expected weights"):
            read_torch_file(tmp_path / "cut.pth")


def test_a_file_in_the_zip_format_is_named_as_such(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "new.pth", "w") as file:
        file.writestr("archive/data.pkl", b"")
    with pytest.raises(ValueError, match=r"new\.pth is in the zip format of torch\.save since 1\.6"):
        read_torch_file(tmp_path / "new.pth")


def test_another_file_is_refused(tmp_path):
    (tmp_path / "a.pth").write_bytes(pickle.dumps({"weights": 1}))
    with pytest.raises(ValueError, match="no magic number"):
        read_torch_file(tmp_path / "a.pth")
