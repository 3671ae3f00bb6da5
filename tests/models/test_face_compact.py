"""The engine around the weights: checksum, label order, batches; then the shipped weights on a real smile."""

import hashlib
import json

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from core.engines.requests import ClassifyFaces
from core.errors import EngineFailed, EngineUnavailable
from core.estimation.crops import face_patch, net_crop
from core.settings import Settings
from core.types import EMOTIONS
from models.face_compact import ENGINE, CompactFaceNet
from tests.pictures import PORTRAIT_FACE, portrait

FERPLUS = ["neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt"]


def write_net(folder, names, **changes):
    """A net whose logit k is (k + 1) times the mean of the crop, its logit of a cover ten less, and its sidecar."""
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["pictures"], ["mean"], axes=[2, 3], keepdims=0),
            helper.make_node("Mul", ["mean", "steps"], ["logits"]),
            helper.make_node("Squeeze", ["mean", "axes"], ["level"]),
            helper.make_node("Sub", ["level", "ten"], ["hidden"]),
        ],
        "steps",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", 1, 48, 48])],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(names)]),
            helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["n"]),
        ],
        [
            helper.make_tensor("steps", TensorProto.FLOAT, [len(names)], [k + 1.0 for k in range(len(names))]),
            helper.make_tensor("axes", TensorProto.INT64, [1], [1]),
            helper.make_tensor("ten", TensorProto.FLOAT, [], [10.0]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "face_compact.onnx")
    facts = {
        "sha256": hashlib.sha256((folder / "face_compact.onnx").read_bytes()).hexdigest(),
        "labels": names,
        "input": {"name": "pictures"},
        "live_head": "logits",
        "temperature": {"logits": 1.5, "logits_votes": 9.0},
        **changes,
    }
    (folder / "face_compact.json").write_text(json.dumps(facts))


def loaded(folder):
    engine = CompactFaceNet(folder)
    engine.load(Settings())
    return engine


def crops(*greys):
    return np.stack([np.full((1, 48, 48), grey, np.float32) for grey in greys])


def test_logits_come_in_the_order_of_emotions_and_contempt_is_dropped(tmp_path):
    write_net(tmp_path, FERPLUS)
    (scores,) = loaded(tmp_path).infer([ClassifyFaces(crops(1))])
    assert scores.logits.tolist() == [[FERPLUS.index(name) + 1 for name in EMOTIONS]]
    assert scores.temperature == 1.5
    assert scores.engine == "face_compact"


def test_class_the_net_does_not_know_is_minus_infinity(tmp_path):
    write_net(tmp_path, ["happy", "neutral"])
    (scores,) = loaded(tmp_path).infer([ClassifyFaces(crops(1))])
    assert scores.logits[0, :2].tolist() == [2, 1]
    assert np.isneginf(scores.logits[0, 2:]).all()


def test_batch_of_requests_is_answered_one_by_one_in_order(tmp_path):
    write_net(tmp_path, list(EMOTIONS))
    answers = loaded(tmp_path).infer([ClassifyFaces(crops(1, 2)), ClassifyFaces(crops(3))])
    assert [answer.logits[:, 0].tolist() for answer in answers] == [[1, 2], [3]]


def test_numbers_that_are_not_finite_fail_their_request_alone(tmp_path):
    write_net(tmp_path, list(EMOTIONS))
    bad, good = loaded(tmp_path).infer([ClassifyFaces(crops(np.nan)), ClassifyFaces(crops(3))])
    assert isinstance(bad, EngineFailed)
    assert good.logits[0, 0] == 3


def test_net_without_such_an_output_says_nothing_about_covers(tmp_path):
    write_net(tmp_path, list(EMOTIONS))
    assert loaded(tmp_path).infer([ClassifyFaces(crops(1))])[0].hidden is None


def test_covers_are_told_face_by_face(tmp_path):
    write_net(tmp_path, list(EMOTIONS), hidden_output="hidden")
    answers = loaded(tmp_path).infer([ClassifyFaces(crops(1, 10)), ClassifyFaces(crops(100))])
    np.testing.assert_allclose(np.concatenate([answer.hidden for answer in answers]), [1.2e-4, 0.5, 1], atol=1e-5)


def test_missing_weights_are_told_with_the_command(tmp_path):
    with pytest.raises(EngineUnavailable, match="git checkout models/weights"):
        loaded(tmp_path)


def test_changed_weights_are_refused(tmp_path):
    write_net(tmp_path, list(EMOTIONS), sha256="0" * 64)
    with pytest.raises(EngineUnavailable, match="sha256"):
        loaded(tmp_path)


@pytest.mark.parametrize("changes", [{"live_head": "other"}, {"temperature": None}, {"labels": None}, {"input": {}}])
def test_garbled_sidecar_is_refused(tmp_path, changes):
    write_net(tmp_path, list(EMOTIONS), **changes)
    with pytest.raises(EngineUnavailable, match=r"face_compact\.json"):
        loaded(tmp_path)


def test_checksum_of_the_loaded_file_stands_in_the_spec(tmp_path):
    write_net(tmp_path, list(EMOTIONS))
    engine = loaded(tmp_path)
    assert engine.spec.checksum == hashlib.sha256((tmp_path / "face_compact.onnx").read_bytes()).hexdigest()


def shipped_logits(image):
    ENGINE.load(Settings())
    crop = net_crop(face_patch(image, PORTRAIT_FACE))
    return ENGINE.infer([ClassifyFaces(crop[None, None])])[0].logits[0]


def test_shipped_net_calls_a_broad_smile_happy():
    assert EMOTIONS[shipped_logits(portrait()).argmax()] == "happy"


def test_shipped_net_still_sees_the_smile_in_a_dim_picture():
    assert EMOTIONS[shipped_logits((portrait() * 0.3).astype(np.uint8)).argmax()] == "happy"


def test_shipped_net_still_sees_the_smile_after_strong_jpeg():
    packed = cv2.imencode(".jpg", portrait(), [cv2.IMWRITE_JPEG_QUALITY, 15])[1]
    assert EMOTIONS[shipped_logits(cv2.imdecode(packed, cv2.IMREAD_COLOR)).argmax()] == "happy"
