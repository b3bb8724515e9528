"""A model file is played only when it is what it says; its samples are those asked for."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from live.codec import DURATION, NAMES, PART, PITCH, TIME
from live.errors import ModelError
from live.memory import Recall
from live.models import opening
from live.models.asking import SMALLEST, Ask, ask
from live.models.contract import read_contract
from live.models.note_model import SILENCE, Chance, NoteModel, Step
from live.models.opening import open_model
from live.notes import MACHINE

FIELDS = range(len(NAMES))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def step(model: NoteModel, asked: Ask, chance=None, state=None, **more) -> Step:
    heard = model.codec.note(6, model.codec.parts[0], 60, 80, None)
    state = model.start if state is None else state
    chance = model.no_chance if chance is None else chance
    return model.step(state, heard, SILENCE, asked, chance, **more)


def probabilities(model: NoteModel, asked: Ask, field: int, before: np.ndarray) -> np.ndarray:
    """Of each bin of a field, by forcing it; `before` are the note's earlier fields."""
    found = []
    for index in range(model.codec.sizes[field]):
        forced = np.full(5, -1, np.int32)
        forced[:field], forced[field] = before[:field], index
        asked = replace(asked, forced=forced)
        found.append(np.exp(np.float64(model.log_probability(step(model, asked), asked)[field])))
    return np.array(found)


# ---- sampling


@pytest.fixture
def chance(tiny: NoteModel) -> Chance:
    return Chance(np.random.default_rng(5), tiny.codec)


def test_a_note_is_the_likeliest_once_chance_is_added(tiny: NoteModel, chance: Chance) -> None:
    """Each field, given the fields before it."""
    for _ in range(4):
        drawn = chance.draw()
        note = step(tiny, tiny.anything, drawn)
        logs = tiny.log_probability(note, tiny.anything)
        for field, cut in enumerate(tiny.codec.slices):
            p = probabilities(tiny, tiny.anything, field, note.note)
            assert p.sum() == pytest.approx(1, abs=1e-4)
            assert np.exp(logs[field]) == pytest.approx(p[note.note[field]], 1e-4)
            assert note.note[field] == np.argmax(np.log(p) + drawn[cut])


def test_samples_follow_the_distribution(tiny: NoteModel, chance: Chance) -> None:
    p = probabilities(tiny, tiny.anything, TIME, np.zeros(5, np.int32))
    draws = 1000
    drawn = [step(tiny, tiny.anything, chance.draw()).note[TIME] for _ in range(draws)]
    counts = np.bincount(drawn, minlength=len(p))
    wanted = p * draws
    common = wanted >= 5
    chi_square = ((counts - wanted)[common] ** 2 / wanted[common]).sum()
    freedom = common.sum() - 1
    assert chi_square < freedom + 4 * np.sqrt(2 * freedom)


def test_chance_is_gumbel_noise_that_a_seed_decides(tiny: NoteModel, chance: Chance) -> None:
    drawn = np.array([chance.draw() for _ in range(300)])
    again = Chance(np.random.default_rng(5), tiny.codec)
    np.testing.assert_array_equal(drawn, [again.draw() for _ in range(300)])
    assert np.isfinite(drawn).all()
    assert len(np.unique(drawn)) > 0.99 * drawn.size
    assert drawn.mean() == pytest.approx(np.euler_gamma, abs=0.02)
    assert drawn.var() == pytest.approx(np.pi**2 / 6, rel=0.03)


@pytest.mark.parametrize("temperature", [0.1, 2.0])
def test_no_chance_however_great_gives_what_is_not_allowed(tiny: NoteModel, temperature) -> None:
    asked = ask(
        tiny.codec, MACHINE, pitches=frozenset((60, 64)), least_time=3, most_duration=24,
        temperature=temperature,
    )  # fmt: skip
    greatest, least = -np.log(SMALLEST), -np.log(np.float32(100))
    note = step(tiny, asked, np.where(asked.allowed, least, greatest)).note
    for field in FIELDS:
        assert asked.allowed[tiny.codec.slices[field]][note[field]] == 1


def test_nothing_is_sampled_that_is_not_allowed(tiny: NoteModel, rng, chance: Chance) -> None:
    for _ in range(200):
        allowed = (rng.random(sum(tiny.codec.sizes)) < 0.1).astype(np.float32)
        for cut in tiny.codec.slices:
            allowed[cut][rng.integers(cut.stop - cut.start)] = 1
        asked = replace(tiny.anything, allowed=allowed)
        note = step(tiny, asked, chance.draw())
        for field in FIELDS:
            assert allowed[tiny.codec.slices[field]][note.note[field]] == 1
        assert np.isfinite(tiny.log_probability(note, asked)).all()


def test_what_is_allowed_shares_the_probability(tiny: NoteModel) -> None:
    asked = ask(tiny.codec, pitches=frozenset(range(60, 72)))
    before = np.array([3, 1, 0, 0, 0], np.int32)
    free = probabilities(tiny, tiny.anything, PITCH, before)
    bound = probabilities(tiny, asked, PITCH, before)
    np.testing.assert_allclose(bound[60:72], free[60:72] / free[60:72].sum(), rtol=1e-3)
    assert bound[:60].max() == bound[72:].max() == 0


def test_forced_fields_are_what_they_are_forced_to_be(tiny, rng, chance: Chance) -> None:
    for _ in range(50):
        whole = np.array([rng.integers(n) for n in tiny.codec.sizes], np.int32)
        forced = np.where(rng.random(5) < 0.5, whole, -1).astype(np.int32)
        note = step(tiny, replace(tiny.anything, forced=forced), chance.draw()).note
        np.testing.assert_array_equal(note[forced >= 0], forced[forced >= 0])


def test_a_temperature_near_0_takes_the_likeliest_and_a_high_one_anything(tiny, chance) -> None:
    p = probabilities(tiny, tiny.anything, TIME, np.zeros(5, np.int32))
    cold = replace(tiny.anything, temperature=np.full(5, 1e-4, np.float32))
    assert {int(step(tiny, cold, chance.draw()).note[TIME]) for _ in range(20)} == {p.argmax()}
    hot = replace(tiny.anything, temperature=np.full(5, 1e4, np.float32))
    np.testing.assert_allclose(probabilities(tiny, hot, TIME, np.zeros(5)), 1 / len(p), rtol=1e-2)


def test_temperature_sharpens_as_it_should(tiny: NoteModel) -> None:
    p = probabilities(tiny, tiny.anything, TIME, np.zeros(5, np.int32))
    half = replace(tiny.anything, temperature=np.full(5, 0.5, np.float32))
    np.testing.assert_allclose(
        probabilities(tiny, half, TIME, np.zeros(5)), p**2 / (p**2).sum(), rtol=1e-3, atol=1e-6
    )


def test_what_is_recalled_is_heard_and_nothing_recalled_is_the_same_as_none(tiny) -> None:
    plain = step(tiny, tiny.anything)
    none = step(tiny, tiny.anything, recall=tiny.nothing_recalled)
    some = step(tiny, tiny.anything, recall=Recall(np.array([3, 4, 64, 9, 2], np.int32), 5))
    np.testing.assert_array_equal(plain.logits, none.logits)
    assert not np.array_equal(plain.state, some.state)


def test_the_position_in_the_bar_is_heard_and_forgotten_when_nobody_keeps_it(tiny) -> None:
    unknown = step(tiny, tiny.anything)
    logits = [step(tiny, tiny.anything, position=at, bar=96).logits for at in (0, 0, 48)]
    np.testing.assert_array_equal(logits[0], logits[1])
    assert not np.array_equal(logits[0], logits[2])
    longer = step(tiny, tiny.anything, position=48, bar=50)  # the bar ends on the way
    assert not np.array_equal(logits[2], longer.logits)
    np.testing.assert_array_equal(step(tiny, tiny.anything).logits, unknown.logits)


def test_to_restore_is_to_step_from_an_old_state(tiny: NoteModel, chance: Chance) -> None:
    chances = [chance.draw() for _ in range(5)]
    one = step(tiny, tiny.anything, chances[0])
    kept = one.state.copy()
    then = step(tiny, tiny.anything, chances[1], one.state)
    for n in (2, 3):
        step(tiny, tiny.anything, chances[n], then.state)
    np.testing.assert_array_equal(one.state, kept)
    again = step(tiny, tiny.anything, chances[1], kept)
    np.testing.assert_array_equal(again.note, then.note)
    np.testing.assert_array_equal(again.state, then.state)


# ---- constraints in a musician's words


def test_asking_for_a_part_a_range_and_a_time(tiny: NoteModel) -> None:
    codec = tiny.codec
    asked = ask(codec, MACHINE, frozenset(("piano",)), frozenset((60,)), 5, 30, 12, (1, 1, 2, 1, 1))
    time, part, pitch, _, duration = (asked.allowed[cut] for cut in codec.slices)
    times = codec.fields[TIME].values[time == 1]
    assert times.min() == 5
    assert times.max() == 30
    assert [str(codec.parts[i]) for i in np.flatnonzero(part)] == ["machine:piano"]
    assert np.flatnonzero(pitch).tolist() == [60]
    assert codec.fields[DURATION].values[duration == 1].max() == 12
    assert asked.temperature.tolist() == [1, 1, 2, 1, 1]


@pytest.mark.parametrize(("least", "bin_ticks"), [(25, 26), (385, 384), (10_000, 384)])
def test_between_two_times_the_next_is_taken_and_past_the_last_the_last(tiny, least, bin_ticks):
    time = tiny.codec.fields[TIME]
    asked = ask(tiny.codec, least_time=least, most_time=least)
    assert time.values[asked.allowed[tiny.codec.slices[TIME]] == 1].tolist() == [bin_ticks]


def test_a_question_made_out_of_another_is_as_if_it_were_asked_anew(tiny, chance: Chance) -> None:
    codec = tiny.codec
    asked = ask(codec, MACHINE, pitches=frozenset(range(40, 80)))
    high, low = asked.only(codec, PITCH, 60, 128), asked.moved(codec, PITCH, -5)
    both = asked.only(codec, TIME, 2, 5).moved(codec, PITCH, 7)
    for made, pitches in ((asked, (40, 80)), (high, (60, 80)), (low, (35, 75)), (both, (47, 87))):
        allowed = np.flatnonzero(made.allowed[codec.slices[PITCH]])
        assert (allowed[0], allowed[-1] + 1) == pitches
        anew = replace(made)
        for drawn in (chance.draw() for _ in range(20)):
            notes = [step(tiny, one, drawn).note for one in (made, anew)]
            assert np.array_equal(*notes)


def test_nothing_left_to_play_is_said(tiny: NoteModel) -> None:
    with pytest.raises(ValueError, match="no pitch"):
        ask(tiny.codec, pitches=frozenset())
    with pytest.raises(ValueError, match="no part"):
        ask(tiny.codec, voices=frozenset(("tuba",)))


# ---- files


def _graph(output: str) -> bytes:
    """A valid ONNX file, by hand, that is not ours: y = Identity(x)."""

    def field(number: int, data: bytes) -> bytes:
        return bytes((number << 3 | 2, len(data))) + data

    shape = field(2, field(1, b"\x08\x01" + field(2, field(1, b"\x08\x01"))))
    node = field(1, b"x") + field(2, output.encode()) + field(4, b"Identity")
    graph = field(1, node) + field(2, b"g")
    graph += field(11, field(1, b"x") + shape) + field(12, field(1, output.encode()) + shape)
    return b"\x08\x08" + field(7, graph) + field(8, b"\x10\x11")


def _refused(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        open_model(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


def test_a_file_that_is_no_model_is_one_line(tiny: NoteModel, tmp_path: Path) -> None:
    data = tiny.path.read_bytes()
    for content in (b"", b"not a model", data[:100], data[: len(data) // 2], data[:-10_000]):
        path = tmp_path / "x.onnx"
        path.write_bytes(content)
        assert "fetch or export it again" in _refused(path)


def test_damage_anywhere_is_one_line_or_a_file_that_still_keeps_the_contract(tiny, tmp_path, rng):
    data = tiny.path.read_bytes()
    path = tmp_path / "x.onnx"
    for at in rng.integers(0, len(data), 25):
        path.write_bytes(data[:at] + bytes((data[at] ^ 0xFF,)) + data[at + 1 :])
        try:
            NoteModel.open(path).warm()
        except ModelError as error:
            assert "\n" not in str(error)  # noqa: PT017


def test_a_missing_file_a_folder_and_a_huge_one_are_one_line(tmp_path: Path, monkeypatch) -> None:
    assert "No such file" in _refused(tmp_path / "none.onnx")
    assert "directory" in _refused(tmp_path)
    path = tmp_path / "huge.onnx"
    with path.open("wb") as file:
        file.truncate(opening.LARGEST_FILE + 1)  # sparse: takes no room
    assert "more than a model may be" in _refused(path)


def test_an_onnx_file_of_another_maker_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.onnx"
    path.write_bytes(_graph("y"))
    assert "not one of Antiphon's" in _refused(path)


WRONG = {
    "another version": ({"contract": 99}, "version 99"),
    "another kind": ({"kind": "oracle"}, "'oracle'"),
    "a huge state": ({"state": [1 << 30, 1 << 30]}, "make no sense"),
    "no state": ({"state": []}, "make no sense"),
    "a state of words": ({"state": ["two"]}, "damaged"),
    "fields that are none": ({"codec": {"parts": []}}, "damaged"),
    "a rate of nothing": ({"beats_per_second": 0}, "damaged"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_description_that_makes_no_sense_is_one_line(name: str, tiny: NoteModel) -> None:
    changed, why = WRONG[name]
    table = json.loads(tiny.contract.to_json()) | changed
    with pytest.raises(ModelError, match=why) as caught:
        read_contract(json.dumps(table))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", '{"contract": {}}'])
def test_a_damaged_description_is_one_line(text: str) -> None:
    with pytest.raises(ModelError, match="damaged"):
        read_contract(text)


def test_a_graph_that_is_not_what_it_says_is_one_line(tiny: NoteModel, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    for change, why in (
        (lambda m: setattr(m.graph.input[0], "name", "herd"), "again"),
        (lambda m: m.graph.output.pop(), "again"),
        (lambda m: m.graph.input[-1].type.tensor_type.shape.dim.add(), "again"),
    ):
        model = onnx.load(tiny.path)
        change(model)
        path = tmp_path / "x.onnx"
        onnx.save(model, path)
        assert why in _refused(path)


def test_a_description_says_the_same_when_it_is_read_back(tiny: NoteModel) -> None:
    assert read_contract(tiny.contract.to_json()) == tiny.contract
    assert tiny.codec.parts[0].side != tiny.codec.parts[-1].side
    assert tiny.codec.sizes[PART] == len(tiny.codec.parts)
