"""An embedded OpenNebula in this process, called without HTTP."""

import re

from lxml import etree

from onecore.basics.errors import ApiError
from onecore.cloud.view import Cloud
from onecore.wire.client import Client
from onecore.wire.transport import Failure
from onesim.embedded import PASSWORD, Embedded
from onesim.errors import Fault

from .recorded import Recorded

POOLS = {
    "one.acl.info": (),
    "one.grouppool.info": (),
    "one.vdcpool.info": (),
    "one.clusterpool.info": (),
    "one.hostpool.info": (),
    "one.datastorepool.info": (),
    "one.userpool.info": (),
    "one.secgrouppool.info": (-2, -1, -1),
    "one.vnpool.info": (-2, -1, -1),
    "one.imagepool.info": (-2, -1, -1),
    "one.templatepool.info": (-2, -1, -1),
    "one.vmpool.infoextended": (-2, -1, -1, -1),
}
#: Data that differ between two equal clouds: IDs, times, random values, notes of runs.
MASKED = {"USER", "STRING", "PASSWORD", "TOKEN_PASSWORD", "SALT_PASSWORD_DIGEST", "LOGIN_TOKEN", "SOURCE", "ALLOCATED"}
MASKED |= {"TARGET", "STIME", "REGTIME", "MODTIME", "TIMESTAMP", "LAST_POLL", "DEPLOY_ID", "HISTORY_RECORDS"}
MASKED |= {"MONITORING", "DATE", "SALT_DIGESTS"}
#: The prefixes of attributes that runs write for each other.
NOTES = ("SALT_CREATING", "SALT_LOCK", "SALT_RULE")
#: The same if the tag alone is not sufficient: the time of a lock; and the attributes that OpenNebula adds to the
#: template of a datastore with any update, although it also stores them outside (Datastore.cc, release 7.4.0).
NO_MATTER = ("*/LOCK/TIME", "DATASTORE/TEMPLATE/TYPE", "DATASTORE/TEMPLATE/TM_MAD")


class Wire(Recorded):
    """A transport to an embedded OpenNebula in this process."""

    def __init__(self, embedded):
        super().__init__()
        self._embedded = embedded

    def reply(self, method, params):
        try:
            return self._embedded.answer(method, params)
        except Fault as fault:
            raise Failure(ApiError, fault.text, code=fault.code) from None


class Simulated(Embedded):
    """A new cloud, whose transitions happen whenever a run pauses."""

    def wire(self):
        """A transport to it, which records its calls."""
        return Wire(self)

    def connect(self, wire=None, username="oneadmin"):
        """A run's view of the cloud."""
        client = Client("http://simulated/RPC2", f"{username}:{PASSWORD}", transport=wire or self.wire())
        return Cloud(client, sleep=lambda seconds: self.settle())

    def content(self, but=()):
        """The content of the pools, without data that differ between two equal clouds: a text for each object.

        but
            Further tags to omit.
        """
        self.settle()
        pools = [self.call(method, *params) for method, params in POOLS.items()]
        pools = [etree.fromstring(body) for body in pools]
        for pool in pools:
            for path in NO_MATTER:
                for each in pool.findall(path):
                    each.getparent().remove(each)
        return sorted(plain(each, MASKED.union(but)) for pool in pools for each in pool)


def plain(element, left_out=frozenset(MASKED)):
    """An element as text, with its numbers masked."""
    inner = sorted(
        plain(child, left_out) for child in element if child.tag not in left_out and not child.tag.startswith(NOTES)
    )
    if inner:
        return f"{element.tag}({', '.join(inner)})"
    if element.tag == "SECURITY_GROUPS":
        return f"{element.tag}={re.sub('[0-9]+', '?', element.text or '')}"
    masked = element.tag.endswith("ID") and not element.tag.startswith("VLAN")
    return f"{element.tag}={'?' if masked else (element.text or '') if not len(element) else ''}"
