"""The one kind of error a person sees."""


class UserError(Exception):
    """Something a person can mend: the message is one line that says what is wrong and how."""


class ModelError(UserError):
    """A model that cannot be played."""
