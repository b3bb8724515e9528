"""From Keras to the file that plays: the same numbers. (All tests that need TensorFlow.)"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import pytest

from live.codec import NAMES
from live.models.note_model import NoteModel
from training import card, export, graphs, shipping
from training.batches import LONGEST, fixed, inputs_of, placed, streams
from training.config import Config
from training.corpus import Corpus, prepare
from training.evaluate import evaluate, readings, score_all, step_through
from training.fit import Stretches
from training.network import Carried, build_core
from training.runs import Run


@pytest.fixture(scope="module")
def core(config: Config) -> Any:
    """The network with weights wide enough that every input matters."""
    keras.utils.set_random_seed(1)
    core = build_core(config.codec, config.model)
    rng = np.random.default_rng(1)
    for layer in core.layers:
        layer.set_weights([w + 0.3 * rng.normal(size=w.shape) for w in layer.get_weights()])
    return core


@pytest.fixture(scope="module")
def exported(core: Any, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "small.onnx"
    export.write_onnx(core, config.codec, config.model, {"data": "a test"}, path)
    return path


@pytest.fixture(scope="module")
def corpus(folder: Path, config: Config) -> Corpus:
    return prepare([folder], config.corpus)


# ---- batches


def test_streams_lay_every_note_once_in_order(corpus: Corpus, config: Config) -> None:
    pieces = fixed(corpus.split("train"), config.codec)
    batch, steps = 3, 16
    whole = streams(pieces, config.codec, batch, steps)
    found = []
    for row in range(batch):
        begins = [int(n) * steps for n in np.flatnonzero(whole["keep"][row] == 0)]
        for begin, end in zip(begins, [*begins[1:], whole["weight"].shape[1]], strict=True):
            weight = whole["weight"][row, begin:end]
            length = int(weight.sum())
            assert (weight[:length] == 1).all()  # the padding is at the end
            if length:
                found.append(
                    {k: whole[k][row, begin : begin + length] for k in ("target", "heard")}
                )
    assert len(found) == len(pieces)
    key = lambda arrays: arrays["target"].tobytes()  # noqa: E731
    wanted = [inputs_of(p, config.codec) for p in pieces]
    wanted = [{k: np.asarray(w[k], np.int16) for k in ("target", "heard")} for w in wanted]
    for one, two in zip(sorted(found, key=key), sorted(wanted, key=key), strict=True):
        np.testing.assert_array_equal(one["target"], two["target"])
        np.testing.assert_array_equal(one["heard"], two["heard"])


def test_a_long_piece_is_cut_so_that_no_row_waits_for_another() -> None:
    lengths = [300, 3 * LONGEST - 50, 200, LONGEST]
    places, ends = placed(lengths, batch=2, steps=100)
    assert [len(its) for its in places] == [1, 3, 1, 1]
    assert [begin for begin, _, _ in places[1]] == [0, LONGEST, 2 * LONGEST]
    assert max(ends) < 1.3 * sum(lengths) / 2 / 100
    taken = [
        (row, stretch + n)
        for length, its in zip(lengths, places, strict=True)
        for begin, row, stretch in its
        for n in range(-(-min(LONGEST, length - begin) // 100))
    ]
    assert len(taken) == len(set(taken)) == sum(ends)


def test_a_piece_that_is_cut_is_all_there(corpus, config, monkeypatch) -> None:
    monkeypatch.setattr("training.batches.LONGEST", 20)
    pieces = fixed(corpus.split("train")[:1], config.codec)
    whole = streams(pieces, config.codec, batch=2, steps=16)
    assert whole["weight"].sum() == sum(map(len, pieces))
    notes = whole["target"][whole["weight"] > 0]
    wanted = np.concatenate([p.bins for p in pieces])
    assert sorted(map(tuple, notes)) == sorted(map(tuple, wanted))
    begins = sum(-(-len(p) // 20) for p in pieces)
    beyond = (whole["weight"][:, ::16] == 0).sum()
    assert (whole["keep"] == 0).sum() == begins + beyond


def test_the_state_is_carried_through_a_piece_and_dropped_between_pieces(
    corpus: Corpus, config: Config, core: Any
) -> None:
    pieces = fixed(corpus.split("train")[:2], config.codec)[:3]
    batch, steps = 2, 48
    model = Carried(core, batch)
    data = Stretches(streams(pieces, config.codec, batch, steps), steps)
    summed = 0.0
    for n in range(len(data)):
        x, y, weight = data[n]
        outputs = model(x, training=False)
        summed += sum(-(_logs(outputs[name], y[name]) * weight[name]).sum() for name in NAMES)
    apart = sum(-keras_logs(core, piece, config).sum() for piece in pieces)
    assert summed == pytest.approx(apart, rel=1e-5)


def _logs(logits: Any, chosen: np.ndarray) -> np.ndarray:
    logits = np.asarray(logits, np.float64)
    logs = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return np.take_along_axis(logs, chosen[..., None], -1)[..., 0]


def heard_by_keras(core: Any, piece: Any, config: Config) -> list[np.ndarray]:
    """The logits (N, bins) of each field, through a whole piece at once."""
    arrays = {k: np.asarray(v)[None] for k, v in inputs_of(piece, config.codec).items()}
    arrays["sounding"] = arrays["sounding"].astype(np.float32)
    arrays["state"] = np.zeros((1, *core.input["state"].shape[1:]), np.float32)
    outputs = core(arrays, training=False)
    return [np.asarray(outputs[name])[0] for name in NAMES]


def keras_logs(core: Any, piece: Any, config: Config) -> np.ndarray:
    """(N, 5): what Keras gives each field of a piece's notes."""
    logits = heard_by_keras(core, piece, config)
    return np.stack([_logs(one, piece.bins[:, f]) for f, one in enumerate(logits)], axis=1)


# ---- the exported file


def test_the_file_plays_what_keras_plays(core: Any, exported: Path, config: Config) -> None:
    assert export.check_parity(core, exported, steps=200) < 1e-5
    contract = NoteModel.open(exported).contract
    assert contract.codec == config.codec
    assert contract.origin == {"data": "a test"}


def test_the_file_of_a_model_without_attention_plays_what_keras_plays(config, tmp_path) -> None:
    model = replace(config.model, attention=0)
    keras.utils.set_random_seed(1)
    core = build_core(config.codec, model)
    path = tmp_path / "plain.onnx"
    export.write_onnx(core, config.codec, model, {}, path)
    assert export.check_parity(core, path, steps=100) < 1e-5
    assert NoteModel.open(path).contract.state == (4, 8)


def test_attention_sees_its_last_states_and_no_others(core, piece, config) -> None:
    reading = fixed([piece], config.codec)[0]
    arrays = {k: np.asarray(v)[None, :40] for k, v in inputs_of(reading, config.codec).items()}
    arrays["sounding"] = arrays["sounding"].astype(np.float32)
    before, span = 2 * config.model.layers, config.model.attention
    state = np.random.default_rng(2).normal(size=(1, before + span, 8)).astype(np.float32)
    blank = state.copy()
    blank[:, before:] = 0
    given, without = (core(arrays | {"state": s}, training=False) for s in (state, blank))
    differ = np.abs(np.asarray(given["pitch"]) - np.asarray(without["pitch"])).max(axis=(0, 2))
    # Its states before the first step are further and further back, then out of sight.
    assert (differ[: span - 1] > 1e-4).all()
    assert (differ[span - 1 :] == 0).all()


def test_the_same_weights_make_the_same_file(core, exported, config, tmp_path) -> None:
    again = tmp_path / "again.onnx"
    export.write_onnx(core, config.codec, config.model, {"data": "a test"}, again)
    assert again.read_bytes() == exported.read_bytes()


def test_a_file_of_other_weights_is_refused(core: Any, exported: Path) -> None:
    layer = core.get_layer("velocity")
    kept = layer.get_weights()
    layer.set_weights([kept[0] * 1.01, kept[1]])
    try:
        with pytest.raises(export.ExportError, match="differs from Keras") as caught:
            export.check_parity(core, exported, steps=50)
        assert "\n" not in str(caught.value)
    finally:
        layer.set_weights(kept)


@pytest.mark.parametrize("free", [False, True])
def test_evaluation_gives_what_keras_gives(core, exported, piece, config, free: bool) -> None:
    reading = readings([piece], config.codec, free)[1]
    logs, right = step_through(NoteModel.open(exported), reading)
    for f, logits in enumerate(heard_by_keras(core, reading, config)):
        came = reading.bins[:, f]
        np.testing.assert_allclose(logs[:, f], _logs(logits, came), atol=1e-4)
        second, first = np.sort(logits, axis=1)[:, -2:].T
        clear = first - second > 2e-4  # or another processor may take the other
        assert clear.mean() > 0.9
        np.testing.assert_array_equal(right[clear, f], logits.argmax(axis=1)[clear] == came[clear])


def test_evaluation_does_not_depend_on_the_number_of_workers(exported, corpus, config) -> None:
    some = readings(corpus.split("test"), config.codec)
    one, two = (score_all(exported, some, workers) for workers in (1, 2))
    assert one.figures() == two.figures()


def test_an_int8_file_can_be_played_and_loses_little(
    exported, piece, config, tmp_path, monkeypatch
) -> None:
    """Its large products have weights of 8 bits, and no other."""
    small = tmp_path / "small.int8.onnx"
    monkeypatch.setattr(graphs, "LARGE", 2000)  # what sounds and was heard, 146 x 32
    graphs.quantise(exported, small)
    kinds = [node.op_type for node in onnx.load(small).graph.node]
    assert kinds.count("MatMulInteger") == 1
    assert NoteModel.open(small).contract == NoteModel.open(exported).contract
    some = readings([piece], config.codec)
    bits = [score_all(p, some).bits.sum() for p in (exported, small)]
    assert bits[1] == pytest.approx(bits[0], rel=0.02)


# ---- the whole way


@pytest.fixture(scope="module")
def run(core: Any, corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    core.save_weights(folder / "best.weights.h5")
    return Run(folder, "small")


def test_what_ships_is_described_measured_and_carded(run, config, corpus, tmp_path) -> None:
    target = tmp_path / "small.onnx"
    config = replace(config, name="small")
    origin = shipping.origin_of(config, corpus, run)
    shipment = shipping.of_notes(run, config, corpus, origin)
    figures = shipping.ship(run, shipment, origin, target, lambda _: None, steps=20)
    model = NoteModel.open(target)
    assert figures["sha256"] == model.sha256
    origin = model.contract.origin
    assert origin["licence"] == config.data.licence
    assert origin["corpus"] == corpus.digest
    assert origin["parity"] <= export.TOLERANCE
    kinds = [c["variant"] for c in figures["export"]["candidates"]]
    assert kinds == ["float", "int8"]

    run.exported.write_text(json.dumps(figures))
    evaluation = evaluate(target, corpus.split("test"))
    run.evaluated.write_text(
        json.dumps({**evaluation, "split": "test", "baselines": {"-": evaluation}})
    )
    gathered = card.gather(run, config, target, 1, lambda results, _: results)
    text = card.write(gathered, config)
    assert config.data.attribution in text
    assert model.sha256 in text
    assert f"{evaluation['bits_per_note']:.3f}" in text


def test_weights_of_another_config_are_refused(run: Run, config: Config, corpus) -> None:
    other = replace(config, model=replace(config.model, units=16))
    with pytest.raises(export.ExportError, match="does not hold this config's weights"):
        shipping.of_notes(run, other, corpus, {})


def test_a_failed_check_leaves_the_file_that_was_there(run, tmp_path):
    def fail(_: Path) -> float:
        raise export.ExportError("differs")

    target = tmp_path / "small.onnx"
    target.write_bytes(b"before")
    failing = shipping.Shipment("note", 1, fail, lambda _: 0.0)
    with pytest.raises(export.ExportError):
        shipping.ship(run, failing, {}, target, lambda _: None)
    assert target.read_bytes() == b"before"


def test_the_faster_file_ships_unless_it_loses_too_much() -> None:
    exact = shipping.Candidate("float", 8, 10.0, 1e-6, median_ms=1.0)
    small = shipping.Candidate("int8", 3, 10.05, None, median_ms=0.5)
    assert shipping.choose([exact, small]) is small
    assert shipping.choose([exact, replace(small, bits=10.2)]) is exact
    assert shipping.choose([exact, replace(small, median_ms=1.5)]) is exact
