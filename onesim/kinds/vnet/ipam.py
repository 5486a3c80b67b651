"""Drivers of address management, as far as they are configured: their result for a new address range."""

from onesim.errors import InternalError

CONFIGURED = ("dummy", "aws", "equinix", "vultr", "scaleway")
_FROM_DUMMY = {
    "IP": "10.0.0.1",
    "SIZE": "100",
    "NETWORK_MASK": "255.255.255.0",
    "GATEWAY": "10.0.0.1",
    "DNS": "10.0.0.1",
}


def registered(vector):
    """A new range as returned by its driver (IPAM_MAD); raises InternalError with the driver's message."""
    driver = vector.get("IPAM_MAD", "")
    if driver in ("", "internal"):
        return vector
    if driver not in CONFIGURED:
        raise InternalError("")  # its message is lost on the way to the daemon
    if driver != "dummy":
        script = f"/var/lib/one/remotes/ipam/{driver}/register_address_range"
        raise InternalError(f"Internal error No such file or directory - {script}")
    described = {"IP": vector["IP"], "SIZE": vector.get("SIZE", "")} if vector.get("IP") else _FROM_DUMMY
    return {"TYPE": "IP4", "IPAM_MAD": "dummy", **described}
