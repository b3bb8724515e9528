"""A config says everything; what is wrong in it is said in one line."""

from pathlib import Path

import numpy as np
import pytest

from live.codec import TIME
from training.config import CONFIGS, ConfigError, read_any_config, read_config

POP = (CONFIGS / "pop.toml").read_text()

WRONG = {
    "not TOML": ("seed = 1", "seed = = 1", "line"),
    "a seed in words": ("seed = 1", 'seed = "one"', "seed"),
    "an unknown setting": ("layers = 1", "layer = 2", "no setting 'layer'"),
    "a word for a number": ("layers = 1", 'layers = "two"', "layers cannot be 'two'"),
    "a fraction of a layer": ("layers = 1", "layers = 1.5", "layers cannot be 1.5"),
    "less than none": ("layers = 1", "layers = -2", "layers cannot be -2"),
    "attention to itself alone": ("attention = 128", "attention = 1", "attention cannot be 1"),
    "attention that does not divide": ("units = 512", "units = 100", "a multiple of 8"),
    "no codec": ("[codec]", "[kodec]", "codec"),
    "bins that do not rise": ("velocity = [[4, 124, 8]]", "velocity = [[9, 9, 1], [4, 4, 1]]",
                             "ascend"),
    "a section that is none": ("[data]", "fit = 3\n[data]", "fit"),
    "a word for yes or no": ("[codec]", 'percussion = "yes"\n[codec]', "cannot be 'yes'"),
    "a number for yes or no": ("[codec]", "percussion = 1\n[codec]", "percussion cannot be 1"),
    "yes for a number": ("layers = 1", "layers = true", "layers cannot be True"),
    "no written words": ("[codec]", "written = [3]\n[codec]", "written cannot be [3]"),
    "no words": ("[codec]", 'beatless = [""]\n[codec]', "beatless cannot be ['']"),
    "a voice that is not there": ('otherwise = "piano"', 'otherwise = "drums"', "drums"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_one_line_that_says_where(name: str, tmp_path: Path) -> None:
    old, new, why = WRONG[name]
    path = tmp_path / "mine.toml"
    text = POP.replace(old, new, 1)
    path.write_text(text.replace("[fit]", "[fit_]") if name == "a section that is none" else text)
    with pytest.raises(ConfigError) as caught:
        read_config(str(path))
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"one of: .*pop"):
        read_config("popp")


SHIPPED = {
    "pop": ("MIT", "POP909"),
    "drums": ("CC BY 4.0", "Gillick"),
    "piano": ("CC BY 4.0", "Mutopia"),
    "chorale": ("public domain", "Boulanger-Lewandowski"),
    "frames": ("MIT", "POP909"),
    "bars": ("CC0", "Lieder"),
    "tokens": ("MIT", "POP909"),
}


def test_every_shipped_config_names_the_licence_of_its_data() -> None:
    assert {path.stem for path in CONFIGS.glob("*.toml")} == set(SHIPPED)
    for name, (licence, owner) in SHIPPED.items():
        data = read_any_config(name).data
        assert licence in data.licence
        assert owner in data.attribution
        assert data.source.startswith("https://")


def test_the_drums_are_percussion_and_nothing_else_is() -> None:
    assert [n for n in SHIPPED if read_any_config(n).corpus.percussion] == ["drums"]


def test_the_drums_keep_five_milliseconds_and_reach_two_bars() -> None:
    codec = read_config("drums").codec
    time = codec.fields[TIME].values
    tick = 60 / 120 / codec.ticks_per_beat
    assert np.diff(time)[time[1:] <= codec.ticks_per_beat / 2].max() * tick <= 0.0055
    assert time[-1] >= 8 * codec.ticks_per_beat


def test_a_config_of_ones_own_takes_its_name_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(POP)
    assert read_config(str(path)).name == "mine"
