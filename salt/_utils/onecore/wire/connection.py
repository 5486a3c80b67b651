"""The connection to the endpoint, through a proxy if the environment names one."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import urllib3
from requests.utils import get_environ_proxies, prepend_scheme_if_needed, select_proxy

from .measure import Adapter, Budget
from .settings import Settings

HEADERS = {
    "Content-Type": "text/xml",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "keep-alive",
    "User-Agent": "saltext-opennebula",
}


class Connection:
    """One kept-alive connection to the endpoint of `settings`, read within `budget`.

    requests opens it, since it knows proxies and certificates. Calls do not pass through requests: the objects that it
    creates for each of them take as long as the rest of a call.
    """

    def __init__(self, settings: Settings, budget: Budget):
        # An adapter without a session, which would read ~/.netrc, store cookies, and follow redirections.
        self._adapter = Adapter(budget)
        proxy = _proxy(settings.endpoint)
        manager = self._adapter.poolmanager if proxy is None else self._manager(proxy)
        self._pool = manager.connection_from_url(settings.endpoint)
        authority = settings.verify and (settings.ca or True)
        self._adapter.cert_verify(self._pool, settings.endpoint, authority, settings.cert)
        address = urlsplit(settings.endpoint)
        # Without a tunnel, a proxy gets the whole address.
        forwarded = proxy is not None and address.scheme == "http" and not proxy.lower().startswith("socks")
        self._target = settings.endpoint if forwarded else address.path

    def _manager(self, proxy: str) -> Any:
        try:
            if not urllib3.util.parse_url(proxy).host:
                raise ValueError("the proxy has no host")
            return self._adapter.proxy_manager_for(proxy)
        except ValueError as err:
            raise urllib3.exceptions.ProxyError("the proxy cannot be used", err) from None

    def post(self, body: bytes, timeout: urllib3.Timeout) -> Any:
        """Post a request and return the response of urllib3, whose content has not been read."""
        return self._pool.urlopen(
            "POST",
            self._target,
            body,
            HEADERS,
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=timeout,
            preload_content=False,
            decode_content=False,
        )

    def close(self) -> None:
        self._adapter.close()


def _proxy(endpoint: str) -> str | None:
    """The proxy that the environment names for the endpoint; never one for this machine itself."""
    host = urlsplit(endpoint).hostname or ""
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost" or host.endswith(".localhost")
    proxy = None if loopback else select_proxy(endpoint, get_environ_proxies(endpoint))
    return prepend_scheme_if_needed(proxy, "http") if proxy else None
