"""The pure rooms of the page, each tried in the browser by itself."""

from itertools import pairwise

import pytest

KEY_ON, KEY_OFF = [144, 60, 80], [128, 60, 0]
PEDAL_DOWN, PEDAL_UP = [176, 64, 127], [176, 64, 0]
BEAT = {"at": 10, "beat": 8, "bpm": 120, "beats_per_bar": 4, "running": True}


@pytest.fixture
def js(browser, files):
    """Evaluate an expression with the names that a room exports."""
    if not browser.current_url.startswith(files):
        browser.get(f"{files}icon.svg")

    def evaluate(room, expression, **given):
        said = browser.execute_async_script(
            """const [room, expression, given, done] = arguments;
            import(room).then((all) => {
              const names = {...all, ...given};
              const work = new Function(...Object.keys(names), `return ${expression}`);
              done({value: work(...Object.values(names))});
            }).catch((error) => done({error: String(error)}))""",
            f"{files}{room}.js",
            expression,
            given,
        )
        assert "error" not in said, said
        return said["value"]

    return evaluate


# ---- what is held


def held(js, *calls):
    """What comes of these calls, one after the other."""
    return js("held", f"((h) => [{', '.join(f'h.{call}' for call in calls)}])(new Held())")


def test_a_key_sounds_until_it_is_let_go(js):
    assert held(js, "press('a', 60, 80)", "release('a')", "release('a')") == [
        [KEY_ON],
        [KEY_OFF],
        [],
    ]


def test_a_note_held_twice_ends_with_the_last_of_its_keys(js):
    said = held(js, "press('a', 60, 80)", "press('b', 60, 80)", "release('a')", "release('b')")
    assert said == [[KEY_ON], [KEY_ON], [], [KEY_OFF]]


def test_a_finger_that_slides_leaves_no_note_behind(js):
    said = held(js, "press('finger', 60, 80)", "press('finger', 62, 80)", "clear()", "clear()")
    assert said == [[KEY_ON], [KEY_OFF, [144, 62, 80]], [[128, 62, 0]], []]


def test_the_pedal_is_up_when_nothing_holds_it(js):
    said = held(js, "pedal('x', true)", "pedal('y', true)", "pedal('x', false)", "clear()")
    assert said == [[PEDAL_DOWN], [], [], [PEDAL_UP]]


def test_what_a_midi_keyboard_holds_is_let_go_with_it(js):
    said = held(
        js,
        "hear('midi 1', [146, 64, 70])",
        "hear('midi 1', [178, 64, 127])",
        "hear('midi 1', [0xf8])",
        "clear((source) => source.startsWith('midi 2'))",
        "clear((source) => source.startsWith('midi 1'))",
    )
    assert said == [[[146, 64, 70]], [[178, 64, 127]], [], [], [[130, 64, 0], [178, 64, 0]]]


def test_a_note_on_without_velocity_is_a_note_off(js):
    said = held(js, "hear('midi', [144, 60, 80])", "hear('midi', [144, 60, 0])")
    assert said == [[KEY_ON], [KEY_OFF]]


# ---- keys


@pytest.mark.parametrize(
    ("code", "octave", "pitch"),
    [
        ("KeyA", 4, 60),
        ("KeyW", 4, 61),
        ("Quote", 4, 77),
        ("KeyA", 0, 12),
        ("KeyQ", 4, None),
        ("Quote", 8, 125),
    ],
)
def test_computer_keys_are_a_piano(js, code, octave, pitch):
    assert js("keys", "pitchOf(code, octave)", code=code, octave=octave) == pitch


def test_every_key_on_the_screen_is_where_it_is_touched(js):
    wrong = """keysFrom(48, 15).filter((key) => {
      const y = key.black ? 0.3 : 0.9;
      return keyAt(keysFrom(48, 15), key.x + key.width / 2, y).pitch !== key.pitch;
    })"""
    assert js("keys", wrong) == []
    assert js("keys", "keysFrom(48, 15).map((key) => key.pitch)") == list(range(48, 73))


def test_further_down_a_key_is_louder_and_always_a_velocity(js):
    said = js("keys", "[0, 0.2, 0.5, 0.9, 1].map((y) => velocityAt({pitch: 60, black: false}, y))")
    assert said == sorted(said)
    assert 1 <= said[0] < said[-1] <= 127


@pytest.mark.parametrize("whites", [8, 10, 15, 29, 52])
def test_the_octave_that_is_played_is_on_the_screen(js, whites):
    seen = """Array.from({length: 9}, (_, octave) => {
      const low = lowFor(octave, whites, 48);
      const pitches = keysFrom(low, whites).map((key) => key.pitch);
      return low % 12 === 0 && pitches.includes(base(octave)) && pitches.includes(base(octave) + 7);
    })"""
    assert js("keys", seen, whites=whites) == [True] * 9


# ---- clock and beats


def test_the_clock_follows_the_quickest_message_and_never_jumps(js):
    shown = """((clock) => Array.from({length: 200}, (_, n) => {
      const here = n / 60, late = [0, 0.02, 0.005, 0.06][n % 4];
      if (n % 2 === 0) clock.hear(100 + here - late, here);
      return clock.now(here) - here;
    }))(new SessionClock())"""
    offsets = js("clock", shown)
    assert offsets[-1] == pytest.approx(100, abs=0.006)
    assert max(abs(b - a) for a, b in pairwise(offsets[10:])) < 0.002


def test_the_clock_of_another_session_is_taken_up_at_once(js):
    said = js("clock", "((c) => (c.hear(500, 1), c.hear(2, 2), c.now(2)))(new SessionClock())")
    assert said == 2


def test_without_a_message_there_is_no_time(js):
    assert js("clock", "new SessionClock().now(5)") is None


def test_bars_begin_where_the_beat_says(js):
    lines = js("beats", "((b) => (b.hear(beat), b.lines(9.9, 12.1)))(new Beats())", beat=BEAT)
    assert [(line["at"], line["beat"]) for line in lines] == [
        (10, 8),
        (10.5, 9),
        (11, 10),
        (11.5, 11),
        (12, 12),
    ]
    assert [line["first"] for line in lines] == [True, False, False, False, True]


def test_past_bars_stay_where_they_were_when_the_tempo_changes(js):
    slower = BEAT | {"at": 12, "beat": 12, "bpm": 60}
    lines = js(
        "beats",
        "((b) => (b.hear(beat), b.hear(slower), b.lines(11, 14.5)))(new Beats())",
        beat=BEAT,
        slower=slower,
    )
    assert [line["at"] for line in lines] == [11, 11.5, 12, 13, 14]


def test_bars_that_are_counted_in_are_counted_and_not_numbered(js):
    counted_in = BEAT | {"at": 10, "beat": -4}
    lines = js("beats", "((b) => (b.hear(beat), b.lines(9, 13)))(new Beats())", beat=counted_in)
    assert [(line["at"], line["bar"], line["count"]) for line in lines] == [
        (10, 0, 1),
        (10.5, 0, 2),
        (11, 0, 3),
        (11.5, 0, 4),
        (12, 1, 1),
        (12.5, 1, 2),
    ]
    assert js("beats", "counted(-0.5, 4)") == {"bar": 0, "count": 4, "first": False}


def test_a_stopped_transport_has_no_beat(js):
    stopped = BEAT | {"at": 12, "running": False}
    said = js(
        "beats",
        "((b) => (b.hear(beat), b.hear(stopped), [b.at(11), b.at(13), b.lines(12, 20)]))"
        "(new Beats())",
        beat=BEAT,
        stopped=stopped,
    )
    assert said == [10, None, []]


# ---- the score


def scored(js, expression, *messages):
    return js(
        "score",
        f"((s) => (messages.forEach((m) => s.hear(m)), {expression}))(new Score())",
        messages=messages,
    )


def test_a_planned_note_that_begins_is_no_longer_planned(js):
    said = scored(
        js,
        "[s.plan.map((n) => n.id), s.since(0).map((n) => [n.side, n.pitch, n.end])]",
        {"now": 1, "plan": [[7, 1.5, 0.5, 60, 80], [8, 2, 0.5, 62, 80]]},
        {"now": 1.5, "begun": [[7, 1, 1.5, 60, 80]]},
    )
    assert said == [[8], [[1, 60, None]]]


def test_a_revised_plan_is_seen_to_go(js):
    said = scored(
        js,
        "[s.plan.map((n) => n.id), s.dropped.map((n) => n.id)]",
        {"now": 1, "plan": [[1, 1.5, 0.5, 60, 80], [2, 2, 0.5, 62, 80]]},
        {"now": 1.2, "plan": [[3, 1.5, 0.5, 60, 80], [4, 2, 0.5, 65, 80]]},
    )
    assert said == [[3, 4], [2]]  # the same note again is no revision


def test_both_sides_sound_until_they_end(js):
    said = scored(
        js,
        "[s.sounding(1.2), s.sounding(3)].map((sides) => sides.map((set) => [...set]))",
        {"now": 1, "begun": [[1, 0, 1, 60, 80], [2, 1, 1, 64, 80]]},
        {"now": 2, "ended": [[2, 1, 1.5]]},
    )
    assert said == [[[60], [64]], [[60], []]]


def test_the_pedal_lets_your_notes_sound_on_until_it_or_the_same_key_ends_them(js):
    said = scored(
        js,
        "[2.5, 9].map((now) => s.ringing(0, now).map((n) => [n.pitch, n.until]))",
        {"now": 1, "begun": [[1, 0, 1, 60, 80], [2, 1, 1, 64, 80]], "pedal": [[1.2, True]]},
        {"now": 2, "ended": [[1, 0, 1.5], [2, 1, 1.5]], "begun": [[3, 0, 2, 60, 80]]},
        {"now": 3, "ended": [[3, 0, 2.1]], "pedal": [[3, False]]},
    )
    assert said == [[[60, 2], [60, 2.5]], [[60, 2], [60, 3]]]


def test_a_whole_roll_takes_the_place_of_all_before(js):
    said = scored(
        js,
        "[s.since(0).map((n) => n.pitch), s.plan, s.beats.last]",
        {"now": 1, "begun": [[1, 0, 1, 60, 80]], "plan": [[2, 2, 1, 64, 80]], "beat": BEAT},
        {"now": 2, "whole": True, "begun": [[1, 0, 1, 72, 80]]},
    )
    assert said == [[72], [], None]


def test_a_long_session_does_not_grow(js):
    messages = [
        {"now": n, "begun": [[n, 0, n, 60, 80]], "ended": [[n, 0, n + 0.5]]} for n in range(500)
    ]
    assert scored(js, "s.since(-1).length", *messages) < 60


@pytest.mark.parametrize("pitches", [[], [60], [0], [127], [0, 127], [21, 40], [100, 108]])
def test_every_note_is_on_the_roll(js, pitches):
    low, high = js("score", "pitchRange(notes)", notes=[{"pitch": pitch} for pitch in pitches])
    assert 0 <= low <= min(pitches, default=60)
    assert max(pitches, default=60) <= high <= 127
    assert high - low >= 36


# ---- the rest


def test_the_floor_is_not_lost_between_two_notes(js):
    said = """((f) => ["you", "rest", "you", "both", "machine", "rest"].map((word, n) => {
      f.hear(word, n / 5);
      return f.at(n / 5);
    }).concat(f.at(1.75), f.at(2)))(new Floor())"""
    assert js("floor", said) == ["you", "you", "you", "both", "both", "both", "rest", "rest"]


@pytest.mark.parametrize(
    ("tag", "kind", "pointed", "keys"),
    [
        ("INPUT", "text", True, "all"),
        ("INPUT", "number", False, "all"),
        ("SELECT", None, False, "all"),
        ("SELECT", None, True, None),
        ("BUTTON", None, False, "few"),
        ("BUTTON", None, True, None),
        ("DIV", None, False, None),
        ("BODY", None, True, None),
    ],
)
def test_what_was_pointed_at_leaves_the_keys_to_music(js, tag, kind, pointed, keys):
    element = {"tagName": tag, "type": kind}
    assert js("dom", "keysOf(element, pointed)", element=element, pointed=pointed) == keys


def test_each_control_has_one_place(js):
    controls = [{"name": name} for name in ("tempo", "temperature", "newcomer", "panic")]
    places = js("sections", "arranged(controls)", controls=controls)
    assert sorted(c["name"] for _, own in places for c in own) == [
        "newcomer",
        "panic",
        "temperature",
        "tempo",
    ]
    assert places[-1][0] == "More"


def test_a_slider_can_reach_every_default(js):
    from live.controls.control import Kind
    from live.controls.table import CONTROLS

    for control in CONTROLS.values():
        if control.kind is Kind.NUMBER and control.low is not None:
            given = {"kind": "number", "low": control.low, "high": control.high}
            step = js("scale", "stepOf(control)", control={**given, "default": control.default})
            steps = (control.default - control.low) / step
            assert steps == pytest.approx(round(steps), abs=1e-3), (control.name, step)
            assert 50 <= (control.high - control.low) / step <= 2000, (control.name, step)


def test_tries_to_come_back_get_rarer_but_do_not_stop(js):
    waits = js("link", "Array.from({length: 12}, (_, n) => backoff(n))")
    assert waits == sorted(waits)
    assert waits[0] < 0.5
    assert waits[-1] <= 5


def test_the_browser_does_not_listen_to_antiphon_itself(js):
    names = ["Antiphon Out", "Nord Stage 3", "Keystation", "Antiphon:Antiphon Out 130:0"]
    assert js("webmidi", "wanted(names, heard)", names=names, heard=["Nord Stage 3 MIDI 1"]) == [
        "Keystation"
    ]


def test_a_plot_has_room_for_its_worst(js):
    points = [[50, 0.1], [3, 7.5], [70, 900]]
    top = js("plots", "topOf(points.filter(([ago]) => ago <= 60), 1)", points=points)
    assert top == 10
    assert js("plots", "placed(points, 10)", points=points) == [
        [pytest.approx(1 / 6), pytest.approx(0.99)],
        [pytest.approx(0.95), pytest.approx(0.25)],
    ]
