import pytest
from PIL import Image

from live import midi
from live.plan import Heard, Plan, PlannedNote, Sounded
from live.take.entries import End
from live.take.picture import ANTIPHON, NARROWEST, WIDEST, YOU, draw

from .playing import off, on, take


def drawn(song, folder):
    draw(song, folder / "roll.png")
    with Image.open(folder / "roll.png") as image:
        assert image.format == "PNG"
        return image.convert("RGB")


def song(length, velocity=127, pitch=60):
    planned = PlannedNote(1, length / 2, length / 4, 0, 67, velocity)
    return take(
        on(1, 0.0, pitch, velocity),
        off(2, length / 4, pitch),
        Plan(2, (planned,)),
        Sounded(1, planned.onset, 0.0),
        End(length),
    )


def amount(image, colour):
    return sum(count for count, found in image.getcolors(1 << 24) if found == colour)


def test_each_side_has_its_colour_and_is_named(tmp_path):
    image = drawn(song(10.0), tmp_path)
    key_swatch = 14 * 28
    assert amount(image, YOU) > 2 * key_swatch
    assert amount(image, ANTIPHON) > 2 * key_swatch


def test_soft_notes_are_dimmer_than_loud_ones(tmp_path):
    assert amount(drawn(song(10.0, 30), tmp_path), YOU) < amount(drawn(song(10.0), tmp_path), YOU)


@pytest.mark.parametrize("length", [0.1, 10.0, 37.0, 200.0, 40_000.0, 1e9])
def test_the_page_keeps_its_bounds_whatever_the_length(tmp_path, length):
    draw(song(length), tmp_path / "roll.png")
    with Image.open(tmp_path / "roll.png") as image:
        width, height = image.size
    assert NARROWEST <= width <= WIDEST
    assert 200 <= height <= 9000


def test_a_longer_take_is_broken_into_systems(tmp_path):
    assert drawn(song(150.0), tmp_path).height > 2 * drawn(song(15.0), tmp_path).height


@pytest.mark.parametrize("pitch", [0, 127])
def test_the_lowest_and_the_highest_key_are_on_the_page(tmp_path, pitch):
    assert amount(drawn(song(10.0, pitch=pitch), tmp_path), YOU) > 2 * 14 * 28


def test_a_take_without_notes_is_drawn_too(tmp_path):
    drawn(take(), tmp_path)
    drawn(take(Heard(1, 1.0, midi.control_change(0, midi.SUSTAIN, 127)), End(60.0)), tmp_path)


def test_the_pedal_is_drawn(tmp_path):
    pedal = [Heard(n, at, midi.control_change(0, 64, v)) for n, at, v in ((3, 3, 127), (4, 5, 0))]
    with_pedal = take(on(1, 1.0), off(2, 2.0), *pedal, End(8.0))
    without = take(on(1, 1.0), off(2, 2.0), End(8.0))
    assert drawn(with_pedal, tmp_path).tobytes() != drawn(without, tmp_path).tobytes()
