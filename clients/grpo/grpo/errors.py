"""The errors that a user can mend: shown in one line, with no traceback."""


class GrpoError(Exception):
    """Something to be changed by whoever runs the trainer; the message says what, and how."""


class ConfigError(GrpoError):
    """A recipe, or a ``--set``, that cannot be used."""


class UnrewardedError(GrpoError):
    """The service gives no rewards any more. All processes of a run find that in the same step."""


class DivergedError(GrpoError):
    """Weights or gradients that are no numbers any more: not to be saved."""


class DataError(GrpoError):
    """A data set that cannot be used; names the file and the line."""
