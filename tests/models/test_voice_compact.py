"""The engine around the voice weights: checksum, label order, batches; then the shipped weights on real sound."""

import hashlib
import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from threadpoolctl import threadpool_info, threadpool_limits

from core.engines.requests import VOICE_WINDOW, ClassifyVoice, Encoded, EncodeSpeech
from core.errors import EngineFailed, EngineUnavailable
from core.estimation.log_mel import BANDS, FRAMES, log_mel
from core.settings import Settings
from core.types import EMOTIONS
from models._moonshine_nets import CHECKSUMS
from models.encode_moonshine import MoonshineEncoder
from models.voice_compact import ENGINE, CompactVoiceNet

WIDTH = 6
"""of the rows of the made-up second leg"""


def write_net(folder, names, **changes):
    """A net whose logit k is (k + 1) times the mean of the picture, and its sidecar."""
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["pictures"], ["kept"], axes=[1, 2], keepdims=1),
            helper.make_node("Squeeze", ["kept", "last"], ["mean"]),
            helper.make_node("Mul", ["mean", "steps"], ["logits"]),
        ],
        "steps",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["n", BANDS, FRAMES])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(names)])],
        [
            helper.make_tensor("steps", TensorProto.FLOAT, [len(names)], [k + 1.0 for k in range(len(names))]),
            helper.make_tensor("last", TensorProto.INT64, [1], [2]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "voice_compact.onnx")
    facts = {
        "sha256": hashlib.sha256((folder / "voice_compact.onnx").read_bytes()).hexdigest(),
        "labels": names,
        "temperature": 1.5,
        **changes,
    }
    (folder / "voice_compact.json").write_text(json.dumps(facts))
    write_second(folder)


def write_second(folder, **changes):
    """A second leg whose logit k is k times the mean of the rows, and its sidecar."""
    steps = helper.make_tensor("steps", TensorProto.FLOAT, [1, len(EMOTIONS)], list(map(float, range(len(EMOTIONS)))))
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["rows"], ["mean"], axes=[1, 2], keepdims=0),
            helper.make_node("Unsqueeze", ["mean", "last"], ["column"]),
            helper.make_node("MatMul", ["column", "steps"], ["logits"]),
        ],
        "rows",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["n", "t", WIDTH])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(EMOTIONS)])],
        [steps, helper.make_tensor("last", TensorProto.INT64, [1], [1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "voice_rows.onnx")
    facts = {
        "sha256": hashlib.sha256((folder / "voice_rows.onnx").read_bytes()).hexdigest(),
        "encoder": "scripted",
        "width": WIDTH,
        "share": 0.25,
        "temperature": 1.25,
        **changes,
    }
    (folder / "voice_rows.json").write_text(json.dumps(facts))


def loaded(folder):
    engine = CompactVoiceNet(folder)
    engine.load(Settings())
    return engine


def blas_threads():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_products_of_matrices_take_as_many_threads_as_a_model_call(tmp_path):
    with threadpool_limits(2, user_api="blas"):
        write_net(tmp_path, EMOTIONS)
        loaded(tmp_path)
        assert blas_threads() == {Settings().engine_threads}


def windows(count, seed=0):
    """Noise of another colour in each window, so that no two pictures are alike."""
    random = np.random.default_rng(seed)
    sound = random.normal(0, 0.1, (count, VOICE_WINDOW)).astype(np.float32)
    for place in range(count):
        sound[place] = np.convolve(sound[place], np.ones(1 + 3 * (place + seed)), mode="same")
    return sound


def test_logits_come_in_the_order_of_emotions(tmp_path):
    names = list(reversed(EMOTIONS))
    write_net(tmp_path, names)
    (scores,) = loaded(tmp_path).infer([ClassifyVoice(windows(1))])
    mean = log_mel(windows(1)).mean()
    np.testing.assert_allclose(scores.logits[0], [(names.index(name) + 1) * mean for name in EMOTIONS], rtol=1e-3)
    assert scores.temperature == 1.5
    assert scores.engine == "voice_compact"


def test_class_the_net_does_not_know_is_minus_infinity(tmp_path):
    write_net(tmp_path, ["happy", "neutral"])
    (scores,) = loaded(tmp_path).infer([ClassifyVoice(windows(1))])
    assert np.isfinite(scores.logits[0, :2]).all()
    assert np.isneginf(scores.logits[0, 2:]).all()


def test_batch_of_requests_is_answered_one_by_one_in_order(tmp_path):
    write_net(tmp_path, list(EMOTIONS))
    engine = loaded(tmp_path)
    asked = [ClassifyVoice(windows(2)), ClassifyVoice(windows(1, seed=5))]
    together = engine.infer(asked)
    assert [answer.logits.shape for answer in together] == [(2, 7), (1, 7)]
    for request, answer in zip(asked, together, strict=True):
        np.testing.assert_allclose(answer.logits, engine.infer([request])[0].logits, rtol=1e-4)
    assert together[0].logits[0, 0] != together[0].logits[1, 0]


def test_numbers_that_are_not_finite_fail_their_request_alone(tmp_path):
    write_net(tmp_path, list(EMOTIONS))
    bad, good = loaded(tmp_path).infer([ClassifyVoice(windows(1) * np.nan), ClassifyVoice(windows(1))])
    assert isinstance(bad, EngineFailed)
    assert np.isfinite(good.logits).all()


def encoded(*means, engine="scripted", width=WIDTH):
    """Rows of windows, each with this mean, of different lengths."""
    return Encoded(tuple(np.full((5 + 9 * k, width), mean, np.float32) for k, mean in enumerate(means)), engine)


def test_with_rows_of_its_encoder_the_logits_of_both_legs_are_averaged(tmp_path):
    write_net(tmp_path, list(EMOTIONS))
    engine, sound = loaded(tmp_path), windows(2)
    alone, both = engine.infer([ClassifyVoice(sound), ClassifyVoice(sound, encoded(1.0, -2.0))])
    added = 0.25 * np.outer([1.0, -2.0], np.arange(len(EMOTIONS)))
    np.testing.assert_allclose(both.logits, 0.75 * alone.logits + added, rtol=1e-3)
    assert (alone.temperature, both.temperature) == (1.5, 1.25)
    assert (alone.engine, both.engine) == ("voice_compact", "voice_compact+scripted")


UNFIT = {
    "another encoder": encoded(1.0, 1.0, engine="another"),
    "too few windows": encoded(1.0),
    "another width": encoded(1.0, 1.0, width=WIDTH + 1),
    "no row": Encoded((np.zeros((0, WIDTH), np.float32),) * 2, "scripted"),
    "no table": Encoded((np.zeros(WIDTH, np.float32),) * 2, "scripted"),
    "no number": encoded(1.0, np.nan),
}


@pytest.mark.parametrize("rows", UNFIT.values(), ids=UNFIT)
def test_rows_that_do_not_fit_leave_the_first_leg_alone(tmp_path, rows):
    write_net(tmp_path, list(EMOTIONS))
    engine, sound = loaded(tmp_path), windows(2)
    alone, told = engine.infer([ClassifyVoice(sound), ClassifyVoice(sound, rows)])
    np.testing.assert_allclose(told.logits, alone.logits, rtol=1e-4)
    assert (told.temperature, told.engine) == (alone.temperature, alone.engine)


@pytest.mark.parametrize("changes", [{"share": None}, {"width": "wide"}, {"temperature": None}])
def test_garbled_sidecar_of_the_second_leg_is_refused(tmp_path, changes):
    write_net(tmp_path, list(EMOTIONS))
    write_second(tmp_path, **changes)
    with pytest.raises(EngineUnavailable, match=r"voice_rows\.json"):
        loaded(tmp_path)


def test_the_second_leg_was_fitted_beside_the_first_that_ships():
    first, second = (
        json.loads((ENGINE._folder / f"{name}.json").read_text()) for name in ("voice_compact", "voice_rows")
    )
    assert second["beside_sha256"] == first["sha256"]
    assert second["encoder_sha256"] == CHECKSUMS["encoder_model.ort"]


def test_shipped_legs_read_what_the_shipped_encoder_makes():
    encoder = MoonshineEncoder()
    encoder.load(Settings())
    ENGINE.load(Settings())
    sound = windows(2)
    (rows,) = encoder.infer([EncodeSpeech(sound)])
    (scores,) = ENGINE.infer([ClassifyVoice(sound, rows)])
    assert scores.engine == "voice_compact+encode_moonshine"
    assert np.isfinite(scores.logits).all()


def test_missing_weights_are_told_with_the_command(tmp_path):
    with pytest.raises(EngineUnavailable, match="git checkout models/weights"):
        loaded(tmp_path)


def test_changed_weights_are_refused(tmp_path):
    write_net(tmp_path, list(EMOTIONS), sha256="0" * 64)
    with pytest.raises(EngineUnavailable, match="sha256"):
        loaded(tmp_path)


@pytest.mark.parametrize("changes", [{"temperature": None}, {"labels": None}])
def test_garbled_sidecar_is_refused(tmp_path, changes):
    write_net(tmp_path, list(EMOTIONS), **changes)
    with pytest.raises(EngineUnavailable, match=r"voice_compact\.json"):
        loaded(tmp_path)


def test_spec_says_non_commercial_and_takes_batches():
    assert "non-commercial" in ENGINE.spec.licence
    assert "CC BY-NC-SA 4.0" in ENGINE.spec.licence
    assert ENGINE.spec.max_batch > 1


def shipped_logits(sound):
    ENGINE.load(Settings())
    return ENGINE.infer([ClassifyVoice(sound)])[0].logits


def test_shipped_file_is_small_and_its_checksum_stands_in_the_spec():
    ENGINE.load(Settings())
    path = ENGINE._folder / "voice_compact.onnx"
    assert path.stat().st_size <= 5_000_000
    assert ENGINE.spec.checksum == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (ENGINE._folder / "voice_compact.sha256").read_text().split() == [ENGINE.spec.checksum, path.name]


def test_shipped_net_does_not_mind_the_microphone_level():
    sound = windows(1)
    np.testing.assert_allclose(shipped_logits(sound), shipped_logits(0.05 * sound), atol=0.02)


@pytest.mark.parametrize("sound", [np.zeros((1, VOICE_WINDOW)), np.ones((1, VOICE_WINDOW)), np.eye(1, VOICE_WINDOW)])
def test_shipped_net_answers_degenerate_sound_with_numbers(sound):
    assert np.isfinite(shipped_logits(sound.astype(np.float32))).all()


@pytest.mark.slow
def test_angry_actors_it_never_heard_sound_angrier_than_sad_ones(datasets):
    from models.training.voice_data import live_windows, read_corpus

    told = {EMOTIONS.index("angry"): [], EMOTIONS.index("sad"): []}
    angry, sad = told
    for recording in read_corpus("RAVDESS", "test"):
        if recording.label in told:
            logits = shipped_logits(live_windows(recording.samples))
            told[recording.label].append(float((logits[:, angry] - logits[:, sad]).mean()))
    assert np.mean(told[angry]) > np.mean(told[sad])
