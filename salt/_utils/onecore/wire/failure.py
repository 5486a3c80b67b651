"""A call without an answer of OpenNebula."""

from ..basics.errors import OneError


class Failure(Exception):
    """A call without an answer, or with one that is not OpenNebula's.

    error: the OneError class to raise; text: what happened, as the text after the endpoint's name in a sentence;
    transient: trying again may help; unknown: the call may have reached OpenNebula and taken effect.
    """

    def __init__(
        self,
        error: type[OneError],
        text: str,
        transient: bool = False,
        unknown: bool = False,
        code: int | None = None,
    ):
        super().__init__(text)
        self.error = error
        self.text = text
        self.transient = transient
        self.unknown = unknown
        self.code = code
