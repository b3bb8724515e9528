"""From music to audio files, and what is done with those: rendered, mixed, and heard blind.

No port, no sound card and no real time: what is rendered is exact, and as fast as the machine is.
"""
