"""The figures of this machine. Each is measured beside a bare rival, in turn, in one run."""
