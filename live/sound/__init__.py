"""The built-in synth: a SoundFont, played on the sound card or into an array."""
