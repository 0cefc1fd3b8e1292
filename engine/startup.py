"""Importing TensorFlow for exported models, without the packages that they do not need."""

import os
import sys
from threading import Lock
from types import ModuleType
from typing import cast

# Medians of three fresh processes each, alternating: importing TensorFlow with them takes 3.97 s of CPU time and
# 753 MB, without them 2.57 s and 625 MB. None in sys.modules makes an import fail, and TensorFlow then does without
# the package.
UNNEEDED = ("keras", "scipy")
IMPORTING = Lock()


def import_tensorflow() -> ModuleType:
    """TensorFlow without Keras and SciPy, which can still be imported afterwards.

    Without the lock two threads that import TensorFlow at the same time would deadlock.
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
