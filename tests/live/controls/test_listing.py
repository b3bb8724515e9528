"""`antiphon controls` and `antiphon presets`; what is pure stays so."""

import ast
import json
from pathlib import Path

import pytest

from live.cli import main
from live.controls.cues import SENT
from live.controls.table import CONTROLS

ROOM = Path(__file__).parents[3] / "live" / "controls"
PURE = ["control", "scaling", "reading", "table", "bindings", "desk", "listing"]
IMPURE = {"time", "threading", "socket", "os", "sys", "pathlib", "pythonosc"}


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "antiphon"


@pytest.fixture
def told(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        assert ended.value.code == 0
        return capsys.readouterr().out

    return run


def test_controls_lists_each_with_value_range_knob_and_address(told, own_folder):
    own_folder.mkdir()
    (own_folder / "bindings.toml").write_text("[cc]\ntempo = {cc = 21, channel = 2}\n")
    lines = told("controls", "--preset", "trade").splitlines()
    rows = {line.split()[0]: line for line in lines if line}
    assert set(CONTROLS) | {it.path for it in SENT} <= set(rows)
    for words in ("110", "30 to 300 bpm", "CC 21 on channel 2", "/antiphon/tempo", "beats a min"):
        assert words in rows["tempo"]


def test_controls_are_json_for_programs(told, tmp_path):
    knobs = tmp_path / "knobs.toml"
    knobs.write_text("[cc]\ntempo = 21\n")
    said = json.loads(told("controls", "--json", "--bindings", str(knobs)))
    assert [row["name"] for row in said] == list(CONTROLS)
    tempo = next(row for row in said if row["name"] == "tempo")
    assert (tempo["cc"], tempo["low"], tempo["high"], tempo["unit"]) == (21, 30.0, 300.0, "bpm")
    assert tempo["value"] == tempo["default"] == 120.0
    assert tempo["position"] == 43


def test_presets_lists_those_that_ship_and_your_own_even_a_broken_one(told, own_folder):
    mine = own_folder / "presets"
    mine.mkdir(parents=True)
    (mine / "mine.toml").write_text("about = 'slow'\n")
    (mine / "broken.toml").write_text("[controls]\ntempoo = 3\n")
    said = told("presets")
    rows = {line.split()[0]: line for line in said.splitlines()}
    assert "you play four bars, it plays four" in rows["trade"]
    assert "slow" in rows["mine"]
    assert "line 2: there is no control 'tempoo'" in rows["broken"]
    assert str(mine) in said


@pytest.mark.parametrize("name", PURE)
def test_the_controls_themselves_know_no_clock_file_or_port(name):
    tree = ast.parse((ROOM / f"{name}.py").read_text())
    found = {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    found |= {(n.module or "") for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert not {module.split(".")[0] for module in found} & IMPURE
