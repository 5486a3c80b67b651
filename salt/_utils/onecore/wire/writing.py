"""Serializes a call with pyone, OpenNebula's own Python client, which adds the session and writes XML-RPC.

The request is taken from pyone's transport, since pyone would send it over its own connection, which has no timeout;
and answers do not pass through its bindings, which take ten times as long as parsing. Both use only the interfaces of
pyone and `xmlrpc.client`: ``server("transport")``, and the transport's ``request``.
"""

from collections.abc import Sequence
from typing import Any

from ..basics.errors import ConfigurationError
from .settings import Settings


class Writer:
    """Writes calls of the session of `settings`."""

    def __init__(self, settings: Settings):
        # Created on first use: it takes a quarter of a second, which a run without calls need not spend.
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
    """The answer for pyone: the call itself, which pyone returns since it is not a text."""
    return [True, request_body, 0]
