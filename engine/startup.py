"""Importing TensorFlow for exported models, without the packages that they do not need."""

import os
import sys
from threading import Lock
from types import ModuleType

# In 7 fresh processes of each kind, in turns, on two busy cores (medians): `import tensorflow` takes 5.4 s of CPU time
# and 753 MB, without these two 2.6 s and 625 MB. TensorFlow does without a package that fails to import, and
# None in sys.modules makes it fail.
UNNEEDED = ("keras", "scipy")
IMPORTING = Lock()


def import_tensorflow() -> ModuleType:
    """TensorFlow without Keras and SciPy, which can still be imported afterwards.

    The lock is there because two threads that import TensorFlow at the same time would wait for one another for ever.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # no log of devices and processor features
    with IMPORTING:
        absent = [name for name in UNNEEDED if name not in sys.modules and "tensorflow" not in sys.modules]
        sys.modules.update(dict.fromkeys(absent))
        try:
            import tensorflow
        finally:
            for name in absent:
                del sys.modules[name]
    return tensorflow
