"""Serializes a call with pyone, OpenNebula's own Python client, which adds the session and writes XML-RPC.

What pyone is about to send is taken from its transport, for it would go out over a connection of its own, which waits
for ever; and answers do not pass through its bindings, which cost ten times the parsing. Both take no more than what
pyone and `xmlrpc.client` offer: ``server("transport")``, and the transport's ``request``.
"""

from collections.abc import Sequence
from typing import Any

from ..basics.errors import ConfigurationError
from .settings import Settings


class Writer:
    """Writes calls of the session of `settings`."""

    def __init__(self, settings: Settings):
        # It takes a quarter of a second, which a run that makes no call need not spend.
        try:
            import pyone
        except ImportError as err:
            raise ConfigurationError(f"pyone cannot be imported ({err}); install it for Salt's own Python") from None
        # From 7.2 on, OneServer is a factory that may choose gRPC; the class itself moved.
        factory = pyone.server_xrpc.OneServerXRPC if hasattr(pyone, "server_xrpc") else pyone.OneServer
        self._server = factory(settings.endpoint, settings.session, https_verify=settings.verify)
        self._server("transport").request = _kept

    def __repr__(self) -> str:
        return "<writer of calls>"

    def written(self, method: str, params: Sequence[Any]) -> bytes:
        """Return the XML-RPC request (bytes) of a call; `params` are those of the method, without the session."""
        call = self._server
        for name in method.removeprefix("one.").split("."):
            call = getattr(call, name)
        # A bare carriage return would reach OpenNebula as a line feed, as in any XML.
        return call(*params).replace(b"\r", b"&#13;")


def _kept(host: str, handler: str, request_body: bytes, verbose: bool = False) -> list[Any]:
    """What pyone takes for an answer: the call itself, which it hands on since it is no text."""
    return [True, request_body, 0]
