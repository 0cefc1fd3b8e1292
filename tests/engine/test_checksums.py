import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.checksums import ModelError, main, seal, verified_files
from engine.export import freeze
from engine.load import load, public_function
from engine.saved_model import weights

MODELS = Path(__file__).resolve().parents[2] / "models"


def double(x):
    return {"y": 2 * x}


def frozen(path: Path, function) -> Path:
    import tensorflow as tf

    freeze(function, [tf.TensorSpec([None], tf.float32, "x")], path, {})
    return path


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    return frozen(tmp_path_factory.mktemp("model") / "double", double)


@pytest.fixture
def model(sealed, tmp_path):
    shutil.copytree(sealed, tmp_path / "model")
    return tmp_path / "model"


def test_a_sealed_model_is_loaded(model):
    assert load(model)(x=[1.0, 2.0])["y"].tolist() == [2, 4]


def test_a_model_that_serves_nothing_is_refused(tmp_path):
    import tensorflow as tf

    tf.saved_model.save(tf.Module(), str(tmp_path))
    seal(tmp_path)
    with pytest.raises(ModelError, match="expected a model that serves a function"):
        load(tmp_path)


@pytest.mark.parametrize("file", ["saved_model.pb", "weights.json", "variables/variables.index"])
@pytest.mark.parametrize("ask", [load, weights])
def test_one_damaged_byte_is_detected(model, file, ask):
    content = bytearray((model / file).read_bytes() or b"x")
    content[len(content) // 2] ^= 1
    (model / file).write_bytes(content)
    with pytest.raises(ModelError, match=rf"{file} has another checksum .*export it again"):
        ask(model)


def test_missing_and_additional_files_are_detected(model):
    (model / "weights.json").rename(model / "other.json")
    with pytest.raises(ModelError, match=r"other.json has no checksum"):
        load(model)
    (model / "other.json").unlink()
    with pytest.raises(ModelError, match=r"weights.json is missing"):
        load(model)


def test_a_model_without_checksums_is_refused_until_they_are_written(model):
    (model / "SHA256SUMS").unlink()
    with pytest.raises(ModelError, match=r"python -m engine\.checksums"):
        load(model)
    main([str(model), str(model.parent)])
    assert load(model)(x=[1.0])["y"].tolist() == [2] and not (model.parent / "SHA256SUMS").exists()


def test_the_sums_are_those_of_sha256sum(model):
    assert subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=model).returncode == 0


def writes(x):
    import tensorflow as tf

    with tf.control_dependencies([tf.io.write_file("/tmp/planted", "x")]):
        return {"y": tf.identity(x)}


def reads(x):
    import tensorflow as tf

    return {"y": x + tf.cast(tf.strings.length(tf.io.read_file("/etc/hostname")), tf.float32)}


def calls(x):
    import tensorflow as tf

    return {"y": tf.numpy_function(lambda v: v, [x], tf.float32)}


@pytest.mark.parametrize("function, name", [(writes, "WriteFile"), (reads, "ReadFile"), (calls, "PyFunc")])
def test_graphs_that_touch_files_or_run_code_are_refused(tmp_path, function, name):
    frozen(tmp_path / "model", function)
    with pytest.raises(ModelError, match=name):
        load(tmp_path / "model")
    with pytest.raises(ModelError, match=name):
        public_function(tmp_path / "model")


def test_a_model_with_more_than_functions_is_refused(tmp_path):
    import tensorflow as tf

    module = tf.Module()
    module.kept = tf.Variable(1.0)
    module.serve = tf.function(lambda x: {"y": x + 1}, input_signature=[tf.TensorSpec([None], tf.float32, "x")])
    tf.saved_model.save(module, str(tmp_path), signatures={"serving_default": module.serve})
    seal(tmp_path)
    with pytest.raises(ModelError, match="expected a model of functions alone, got variable"):
        load(tmp_path)


@pytest.mark.parametrize("name", sorted(path.parent.name for path in MODELS.glob("*/saved_model.pb")))
def test_shipped_models_are_as_they_were_sealed(name):
    assert verified_files(MODELS / name, "saved_model.pb")["saved_model.pb"]


def test_verifying_needs_no_tensorflow():
    code = f"""
import sys
from pathlib import Path
from engine.checksums import verified_files
verified_files(Path({str(MODELS / "img")!r}), 'config.json')
sys.exit('tensorflow' in sys.modules)"""
    assert subprocess.run([sys.executable, "-c", code], cwd=MODELS.parent).returncode == 0
