"""The hands: one process that owns the MIDI ports and does nothing else.

It passes the player's notes through at once, plays the machine's notes on time, knows what
sounds, and ends it whatever happens. It knows nothing of models, music or the face.
"""
