"""A blind listening test: pairs of excerpts in a browser, without their names, and what came of it.

The folder holds a folder for each source, with files of the same names in them:

    human/01.mid  human/02.mid
    pop/01.mid    pop/02.mid
"""
