"""A model that counts its steps."""


class Counted:
    """Any model, and `steps`: how often it has been asked for a step."""

    def __init__(self, model):
        self._model, self.steps = model, 0

    def __getattr__(self, name):
        return getattr(self._model, name)

    def step(self, *given, **more):
        self.steps += 1
        return self._model.step(*given, **more)
