"""What can be steered, declared once, and the ways to reach it: the typed line, a knob, OSC, a
preset."""
