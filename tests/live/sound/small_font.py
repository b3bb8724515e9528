"""A SoundFont of a few waves, written for a test."""

import struct

import numpy as np

RATE = 48000
LENGTH = 4800  # samples of each recording
LOOP = 480

KEYS, SAMPLE, INSTRUMENT, MODES, GROUP, ROOT = 43, 53, 41, 54, 57, 58
RELEASE, SUSTAIN, DECAY = 38, 37, 36


def chunk(name, body):
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def listed(name, chunks):
    return chunk(b"LIST", name + b"".join(chunk(n, body) for n, body in chunks))


def sine(hertz=1000.0):
    return (16000 * np.cos(2 * np.pi * hertz * np.arange(LENGTH) / RATE)).astype("<i2")


def keys(low, high):
    return KEYS, high << 8 | low


def write_font(path, presets=((0, 0, ((MODES, 1),)), (128, 0, ())), waves=None):
    """presets: (bank, program, generators of its only zone, or a tuple of zones of them). Each
    plays the wave of its place in the list; the root is key 60."""
    waves = [sine() for _ in presets] if waves is None else waves
    samples = b"".join(wave.tobytes() + bytes(92) for wave in waves)
    phdr, inst, pbag, ibag, pgen, igen, shdr = b"", b"", b"", b"", b"", b"", b""
    bags = gens = 0
    for place, (bank, program, zones) in enumerate(presets):
        zones = zones if zones and isinstance(zones[0][0], tuple) else (zones,)
        name = f"preset {place}".encode()
        phdr += struct.pack("<20sHHHIII", name, program, bank, place, 0, 0, 0)
        pbag += struct.pack("<HH", place, 0)
        pgen += struct.pack("<HH", INSTRUMENT, place)
        inst += struct.pack("<20sH", name, bags)
        for zone in zones:
            ibag += struct.pack("<HH", gens, 0)
            for what, amount in (*zone, (SAMPLE, place)):
                igen += struct.pack("<HH", what, amount & 0xFFFF)
                gens += 1
            bags += 1
        start = place * (LENGTH + 46)
        begin, end = start + LENGTH - LOOP - 8, start + LENGTH - 8
        about = (start, start + LENGTH, begin, end, RATE, 60, 0, 0, 1)
        shdr += struct.pack("<20sIIIIIBbHH", name, *about)
    count = len(presets)
    phdr += struct.pack("<20sHHHIII", b"EOP", 0, 0, count, 0, 0, 0)
    pbag += struct.pack("<HH", count, 0)
    inst += struct.pack("<20sH", b"EOI", bags)
    ibag += struct.pack("<HH", gens, 0)
    shdr += struct.pack("<20sIIIIIBbHH", b"EOS", *(0,) * 9)
    pgen, igen = pgen + bytes(4), igen + bytes(4)
    body = listed(b"INFO", [(b"ifil", struct.pack("<HH", 2, 4))])
    body += listed(b"sdta", [(b"smpl", samples)])
    tables = {"phdr": phdr, "pbag": pbag, "pmod": bytes(10), "pgen": pgen, "inst": inst}
    tables |= {"ibag": ibag, "imod": bytes(10), "igen": igen, "shdr": shdr}
    body += listed(b"pdta", [(name.encode(), table) for name, table in tables.items()])
    path.write_bytes(chunk(b"RIFF", b"sfbk" + body))
    return path
