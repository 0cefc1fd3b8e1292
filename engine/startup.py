"""Importing TensorFlow for exported models, without the packages that they do not need."""

import os
import sys
from threading import Lock
from types import ModuleType
from typing import cast

# Measured in fresh processes, three of each kind in turns (medians): importing TensorFlow with them takes 3.97 s of CPU
# time and 753 MB, without them 2.57 s and 625 MB. TensorFlow does without a package that fails to import, as it does
# where sys.modules holds None for it.
UNNEEDED = ("keras", "scipy")
IMPORTING = Lock()


def import_tensorflow() -> ModuleType:
    """TensorFlow without Keras and SciPy, which can still be imported afterwards.

    The lock is there because two threads that import TensorFlow at the same time would wait for one another for ever.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # no log of devices and processor features
    with IMPORTING:
        absent = [name for name in UNNEEDED if name not in sys.modules and "tensorflow" not in sys.modules]
        cast(dict[str, ModuleType | None], sys.modules).update(dict.fromkeys(absent))
        try:
            import tensorflow
        finally:
            for name in absent:
                del sys.modules[name]
    return tensorflow
