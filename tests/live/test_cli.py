"""What cannot be done is one line that says what to do, and exit code 2."""

import pytest

from live.cli import main, play

WRONG = {
    "a page at a port that is none": (["play", "--ui", "--port", "x"], "invalid int value"),
    "an unknown command": (["sing"], "invalid choice"),
    "an unknown option": (["play", "--nosuch"], "--nosuch"),
    "a seed in words": (["demo", "--seed", "x"], "invalid int value"),
    "a song that is none": (["demo", "--song", __file__], "cannot be read as a MIDI file"),
    "a song that is not there": (["demo", "--song", "none.mid"], "No such file"),
    "a song of no seconds": (["demo", "--song", "none.mid", "--seconds", "0"], "more than 0"),
    "a demo by a model that does not ship": (["demo", "--model", "nosuch"], "one that ships"),
    "a bench of nothing": (["bench"], "required: what"),
    "a model that does not ship": (
        ["models", "check", "nosuch"],
        "one that ships: bars, chorale, drums, frames, piano, pop",
    ),
    "a take that is not there": (["export", "none.take", "-o", "x.mid"], "does not exist"),
    "a take that is none": (["replay", __file__], "is not a take"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, why = WRONG[name]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1, said
    assert said[0].startswith("antiphon")
    assert why in said[0]


def test_the_model_that_ships_may_play(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["models", "check", "pop"])
    assert ended.value.code == 0
    assert "may play" in capsys.readouterr().out


def test_without_a_command_it_plays_and_opens_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(play, "run", lambda given: asked.append(given) or 0)
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 0
    (given,) = asked
    assert given.command == "play"
    assert given.ui
    assert not given.no_browser
