"""SoundFonts: read, found, or refused in one line."""

import numpy as np
import pytest

from live import midi
from live.errors import UserError
from live.sound.fonts import OURS, find_font
from live.sound.samples import Samples
from live.sound.sf2 import DRUMS, SoundFont
from live.sound.synth import Synth

from .small_font import LENGTH, LOOP, MODES, sine, write_font


def test_a_font_is_read_as_it_was_written(font):
    opened = SoundFont(font)
    assert opened.presets == {(0, 0): "preset 0", (128, 0): "preset 1"}
    (zone,) = opened.zones(0, 0)
    assert (zone.loop, zone.loop_end) == (LENGTH - LOOP - 8, LENGTH - 8)
    assert (zone.root, zone.rate, zone.keys) == (60, 48000, (0, 127))
    np.testing.assert_allclose(opened.recording(zone.sample), sine() / 32768, atol=1e-6)
    assert opened.zones(128, 0)[0].loop == opened.zones(128, 0)[0].loop_end


def test_the_one_that_ships_has_every_family_and_sounds():
    font = SoundFont(OURS)
    families = {program // 8 for bank, program in font.presets if bank == 0}
    assert families >= set(range(12))
    assert (DRUMS, 0) in font.presets
    synth = Synth(OURS)
    synth.send(midi.note_on(0, 60, 90))
    synth.send(midi.note_on(9, 38, 90), 4800)
    sound = np.abs(synth.render(9600)).max(axis=1)
    assert sound[:4800].max() > 0.01
    assert sound[4800:].max() > sound[:4800].max()


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ((0, 0), (0, 0)),
        ((0, 3), (0, 0)),
        ((0, 41), (0, 40)),
        ((0, 47), (0, 40)),
        ((0, 127), (0, 40)),
        ((8, 40), (0, 40)),
        ((DRUMS, 0), (DRUMS, 8)),
        ((DRUMS, 8), (DRUMS, 8)),
    ],
)
def test_a_program_that_is_not_there_is_the_nearest_of_its_family(tmp_path, asked, given):
    presets = ((0, 0, ()), (0, 40, ()), (DRUMS, 8, ()))
    samples = Samples(SoundFont(write_font(tmp_path / "few.sf2", presets)))
    assert samples.nearest(*asked) == given


def test_where_there_are_no_drums_none_play(tmp_path):
    synth = Synth(write_font(tmp_path / "piano.sf2", ((0, 0, ((MODES, 1),)),)))
    synth.send(midi.note_on(9, 60, 100))
    synth.send(midi.program_change(9, 3))
    assert not synth.render(256).any()


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "no tables", "missing"])
def test_a_file_that_is_no_font_is_one_line(tmp_path, font, damage):
    whole = font.read_bytes()
    contents = {
        "empty": b"",
        "text": b"hello " * 1000,
        "cut": whole[: len(whole) // 2],
        "no tables": whole[:12],
    }
    path = tmp_path / "damaged.sf2"
    if damage in contents:
        path.write_bytes(contents[damage])
    with pytest.raises(UserError, match=r"damaged\.sf2") as caught:
        Synth(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_font_is_one_line_or_plays(tmp_path, font, seed):
    rng = np.random.default_rng(seed)
    whole = bytearray(font.read_bytes())
    tables = whole.index(b"pdta")
    for place in rng.integers(tables, len(whole), 4):
        whole[place] = rng.integers(256)
    path = tmp_path / "damaged.sf2"
    path.write_bytes(whole)
    try:
        synth = Synth(path)
    except UserError as error:
        text = str(error)
    else:
        text = ""
        for key in range(0, 128, 5):
            synth.send(midi.note_on(key % 16, key, 100))
        assert np.isfinite(synth.render(2000)).all()
    assert "\n" not in text


def test_a_font_is_found_by_file_or_by_name(tmp_path, font):
    (tmp_path / "fonts").mkdir()
    for name in ("FluidR3_GM.sf2", "Piano Grand.SF2", "notes.txt"):
        (tmp_path / "fonts" / name).write_bytes(font.read_bytes())
    folders = (tmp_path / "nowhere", tmp_path / "fonts")
    assert find_font(None, folders) == OURS
    assert find_font(str(font), folders) == font
    assert find_font("fluid", folders).name == "FluidR3_GM.sf2"
    assert find_font("piano grand", folders).name == "Piano Grand.SF2"
    with pytest.raises(UserError, match=r"FluidR3_GM, Piano Grand") as caught:
        find_font("organ", folders)
    assert "\n" not in str(caught.value)
