"""The daemon itself: its version and its configuration."""

from onesim.access import ADMIN
from onesim.dispatch import method
from onesim.errors import AuthorizationError
from onesim.templates import Template

VERSION = "7.4.0"


@method("one.system.version", writes=False)
def version(call):
    return VERSION


@method("one.system.config", operation=ADMIN, writes=False)
def config(call):
    """The configuration, as far as it matters here."""
    if call.gid != 0:
        raise AuthorizationError
    facts = Template.of(MAC_PREFIX="02:00", NETWORK_SIZE="254", DEFAULT_UMASK="177", PORT="2633")
    return facts.xml("OPENNEBULA_CONFIGURATION")
