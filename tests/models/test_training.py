"""The face trainer: what trains, what augmentation keeps, resuming, and that the written file is the trained net."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from core.types import EMOTIONS
from models.training import train_face
from models.training.export_face import (
    OUTPUTS,
    Shipped,
    halve_weights,
    open_session,
    prior_offsets,
    read_back,
    run_file,
    write_graph,
)
from models.training.face_data import (
    FaceSet,
    as_face_set,
    augment,
    count_votes,
    datasets_folder,
    load_training,
    read_table,
    showing_faces,
    soften_labels,
    without_crossings,
)
from models.training.face_net import FaceNet
from models.training.figures import calibration_error, fit_temperature, judge, softmax
from models.training.train_face import Plan, both_losses, learning_rate, side_at, start_run, train_epoch

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
TINY = Plan(epochs=2, batch=8, stem=4, widths=(8, 8, 16))
HAS_FACES = (datasets_folder() / "face" / "fer2013_training.parquet").exists()
needs_faces = pytest.mark.skipif(not HAS_FACES, reason=f"no FER2013 tables in {datasets_folder()}; set ATTUNE_DATASETS")


def made_up_table(groups: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "duplicate_group": groups,
            "pixel_std": [40.0] * len(groups),
            "ferplus_majority": ["happy"] * len(groups),
            "ferplus_votes": [[0, 9, 1, 0, 0, 0, 0, 0, 0, 0]] * len(groups),
        }
    )


def made_up_faces(count: int = 24) -> FaceSet:
    random = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % 7
    return FaceSet(
        pictures=torch.randint(0, 256, (count, 48, 48), generator=random, dtype=torch.uint8),
        labels=labels,
        votes=torch.nn.functional.one_hot(labels, 7).float(),
        vote_weights=torch.ones(count),
        majority=labels,
    )


def tiny_net() -> FaceNet:
    torch.manual_seed(0)
    net = FaceNet(TINY.stem, TINY.widths)
    for stage in net.stages:
        torch.nn.init.ones_(stage.second[1].weight)  # so that the residual branch takes part
    return net.eval()


def test_crossings_leave_the_training_rows() -> None:
    training = made_up_table(["a", "b", None, "c"])
    kept = without_crossings(training, made_up_table(["a", None]), made_up_table(["c"]))
    assert kept.index.tolist() == [1, 2]


def test_flat_pictures_and_things_that_are_no_face_leave_the_training_rows() -> None:
    table = made_up_table([None] * 4)
    table.loc[0, "pixel_std"] = 1.0
    table.loc[1, "ferplus_majority"] = "not_a_face"
    table.loc[2, "ferplus_votes"] = None
    assert showing_faces(table).index.tolist() == [3]


@needs_faces
def test_no_held_out_picture_trains() -> None:
    held_out = [read_table(split) for split in ("publictest", "privatetest")]
    pixels = {bytes(picture.numpy()) for table in held_out for picture in as_face_set(table).pictures}
    training = load_training()
    assert not [place for place, picture in enumerate(training.pictures) if bytes(picture.numpy()) in pixels]
    assert 27_000 < len(training) < 28_709
    assert set(training.majority.tolist()) <= set(range(-1, 8))


def test_single_votes_against_many_are_dropped() -> None:
    table = made_up_table([None])
    assert count_votes(table)[0].tolist() == [0, 9, 0, 0, 0, 0, 0, 0, 0, 0]


def test_softened_labels_sum_to_one_and_keep_the_label_on_top() -> None:
    faces = made_up_faces()
    targets = soften_labels(faces)
    assert torch.allclose(targets.sum(dim=1), torch.ones(len(faces)))
    assert torch.equal(targets.argmax(dim=1), faces.labels)


@pytest.mark.parametrize("side_px", [32, 40, 48])
def test_augmented_pictures_keep_shape_and_range(side_px: int) -> None:
    pictures = made_up_faces().pictures
    varied = augment(pictures, side_px, torch.Generator().manual_seed(1))
    assert varied.shape == (len(pictures), 1, side_px, side_px)
    assert varied.dtype == torch.float32
    assert varied.min() >= 0
    assert varied.max() <= 255


def test_augmentation_repeats_with_its_seed() -> None:
    pictures = made_up_faces().pictures
    first, again, other = (augment(pictures, 48, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_augmentation_leaves_its_input_alone() -> None:
    pictures = made_up_faces().pictures
    before = pictures.clone()
    augment(pictures, 48, torch.Generator().manual_seed(1))
    assert torch.equal(pictures, before)


def test_schedule_rises_then_falls_to_nothing() -> None:
    plan = Plan()
    rates = [learning_rate(done, plan) for done in np.linspace(0, 1, 101)]
    assert max(rates) <= plan.peak_rate
    assert rates.index(max(rates)) == pytest.approx(100 * plan.warmup, abs=1)
    assert rates[-1] == pytest.approx(0, abs=1e-9)
    assert [side_at(done, plan) for done in (0.0, 0.5, 1.0)] == [32, 40, 48]
    assert [side_at(done, Plan(start_from="net.onnx")) for done in (0.0, 0.5, 1.0)] == [48, 48, 48]


def test_clock_ends_a_run_annealed() -> None:
    run = start_run(TINY, CPU)
    run.elapsed_s = 60.0
    plan = Plan(epochs=1000, minutes=1.0, batch=8, stem=TINY.stem, widths=TINY.widths)
    train_epoch(run, made_up_faces(), plan, CPU)
    assert run.step == 1
    assert run.optimiser.param_groups[0]["lr"] == pytest.approx(0, abs=1e-9)


def test_picture_without_votes_teaches_the_original_head_only() -> None:
    outputs = (torch.zeros(1, 7, requires_grad=True), torch.zeros(1, 7, requires_grad=True))
    both_losses(outputs, torch.eye(7)[:1], torch.zeros(1, 7), torch.zeros(1)).backward()
    assert outputs[0].grad is not None
    assert outputs[0].grad.abs().sum() > 0
    assert outputs[1].grad is None or outputs[1].grad.abs().sum() == 0


def test_resumed_run_equals_one_that_never_stopped(tmp_path: Path) -> None:
    faces = made_up_faces()
    whole = start_run(TINY, CPU)
    train_epoch(whole, faces, TINY, CPU)
    whole.save(tmp_path / "last.pt", TINY)
    train_epoch(whole, faces, TINY, CPU)

    resumed = start_run(Plan(**{**vars(TINY), "seed": 5}), CPU)
    resumed.load(tmp_path / "last.pt")
    train_epoch(resumed, faces, TINY, CPU)

    assert (resumed.epoch, resumed.step) == (whole.epoch, whole.step) == (2, 6)
    for name, value in whole.net.state_dict().items():
        assert torch.equal(value, resumed.net.state_dict()[name]), name
    for name, value in whole.averaged.state_dict().items():
        assert torch.equal(value, resumed.averaged.state_dict()[name]), name


def test_train_writes_checkpoints_and_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faces = made_up_faces()
    monkeypatch.setattr(train_face, "load_training", lambda: faces)
    monkeypatch.setattr(train_face, "read_table", lambda split: split)
    monkeypatch.setattr(train_face, "as_face_set", lambda table: faces)
    train_face.train(TINY, tmp_path, resume=False, device=CPU)
    run = train_face.train(TINY, tmp_path, resume=True, device=CPU)
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert run.epoch == 2
    assert [row["epoch"] for row in rows] == [1, 2]
    assert {path.name for path in tmp_path.iterdir()} == {"last.pt", "best.pt", "log.jsonl"}


def test_written_file_equals_the_net(tmp_path: Path) -> None:
    net, path = tiny_net(), tmp_path / "net.onnx"
    offsets = prior_offsets(made_up_faces(), 0.5)
    write_graph(Shipped(net, offsets), path)
    whole_bytes = path.stat().st_size
    halve_weights(path)
    pictures = np.random.default_rng(0).uniform(0, 255, (5, 48, 48)).astype(np.float32)
    outputs = run_file(open_session(path), pictures, batch=3)
    with torch.no_grad():
        original, votes = net(torch.from_numpy(pictures)[:, None])
    assert tuple(outputs) == OUTPUTS
    for head, wanted in zip(OUTPUTS, (original, votes, votes + offsets), strict=True):
        np.testing.assert_allclose(outputs[head], wanted.numpy(), atol=5e-3)
    assert path.stat().st_size < whole_bytes


def lived_in_net() -> FaceNet:
    """A tiny net whose norms have met pictures: nothing about them is 0 or 1 any more."""
    net = tiny_net()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for array in (module.weight, module.bias, module.running_mean, module.running_var):
                torch.nn.init.uniform_(array, 0.2, 1.5)
    return net.eval()


def test_net_read_back_from_a_file_computes_the_same(tmp_path: Path) -> None:
    path, faces = tmp_path / "net.onnx", made_up_faces()
    write_graph(Shipped(lived_in_net(), torch.zeros(7)), path)
    halve_weights(path)
    run = start_run(Plan(**{**vars(TINY), "start_from": str(path)}), CPU, faces)
    outputs = run_file(open_session(path), faces.pictures.numpy().astype(np.float32))
    for net in (run.net.eval(), run.averaged):
        with torch.no_grad():
            original, votes = net(faces.pictures[:, None].float())
        np.testing.assert_allclose(original.numpy(), outputs["logits"], atol=1e-3)
        np.testing.assert_allclose(votes.numpy(), outputs["logits_votes"], atol=1e-3)


def test_read_back_norms_know_the_pictures_they_were_shown(tmp_path: Path) -> None:
    path, pictures = tmp_path / "net.onnx", made_up_faces(96).pictures[:, None].float()
    write_graph(Shipped(lived_in_net(), torch.zeros(7)), path)
    net = read_back(FaceNet(TINY.stem, TINY.widths, dropout=0.0), path, pictures)
    stem = net.stem
    with torch.no_grad():
        maps = torch.nn.functional.pixel_unshuffle(net.standardise(pictures), 2)
        calm, stirred = stem.eval()(maps), stem.train()(maps)
    assert torch.allclose(calm, stirred, atol=1e-3)


def test_file_of_another_shape_is_not_read_back(tmp_path: Path) -> None:
    write_graph(Shipped(lived_in_net(), torch.zeros(7)), tmp_path / "net.onnx")
    with pytest.raises((ValueError, RuntimeError)):
        read_back(FaceNet(4, (8, 16)), tmp_path / "net.onnx", torch.zeros(1, 1, 48, 48))


@needs_faces
def test_shipped_net_read_back_gives_the_shipped_outputs() -> None:
    path = Path("models/weights/face_compact.onnx")
    pictures = as_face_set(read_table("publictest").head(256)).pictures
    net = read_back(FaceNet(), path, pictures[:, None].float())
    outputs = run_file(open_session(path), pictures.numpy().astype(np.float32))
    for head, found in zip(OUTPUTS, train_face.predict(net, pictures, CPU), strict=False):
        np.testing.assert_allclose(found.numpy(), outputs[head], atol=1e-3)


def test_prior_offsets_favour_the_rare() -> None:
    faces = made_up_faces(15)  # 0 stands there three times, the others twice
    offsets = prior_offsets(faces, 0.5)
    assert offsets.argmin() == 0
    assert offsets.mean() == pytest.approx(0, abs=1e-6)
    assert torch.equal(prior_offsets(faces, 0.0), torch.zeros(7))


def test_net_does_not_mind_brightness_and_contrast() -> None:
    net = tiny_net()
    pictures = torch.rand(2, 1, 48, 48) * 100 + 20
    with torch.no_grad():
        before, after = net(pictures)[0], net(pictures * 1.5 + 30)[0]
    assert torch.allclose(before, after, atol=0.05)


def test_fitted_temperature_calibrates() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 1.5, (4000, 7)).astype(np.float32)
    targets = np.array([random.choice(7, p=row) for row in softmax(logits)])
    assert fit_temperature(logits * 2, targets) == pytest.approx(2.0, abs=0.15)


def test_calibration_error_is_small_when_honest_and_large_when_not() -> None:
    random = np.random.default_rng(0)
    confidence = random.uniform(0.3, 1.0, 5000)
    honest = random.uniform(size=5000) < confidence
    boastful = random.uniform(size=5000) < confidence - 0.2
    assert calibration_error(confidence, honest) < 0.03
    assert calibration_error(confidence, boastful) == pytest.approx(0.2, abs=0.03)


def test_contempt_counts_as_wrong() -> None:
    probs = np.eye(7)[[1, 1, 2]]
    judged = judge(probs, np.array([1, 7, 2]), EMOTIONS)
    assert judged["accuracy"] == pytest.approx(2 / 3)
    assert judged["uar"] == pytest.approx(1.0)


def test_abstention_is_fitted_where_guesses_turn_wrong() -> None:
    from models.training.figures import fit_abstention

    confidence = np.linspace(0.2, 1.0, 801)
    is_right = np.where(confidence < 0.5, np.arange(801) % 3 == 0, np.arange(801) % 10 != 0)
    assert fit_abstention(confidence, is_right) == pytest.approx(0.5)
    assert fit_abstention(confidence, np.ones(801, bool)) == 0.0
