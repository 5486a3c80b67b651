"""An embedded OpenNebula in this process, and clients that call it without a wire."""

from collections import Counter

from lxml import etree

from onecore.basics.errors import BY_CODE, ApiError, OneError
from onecore.cloud.view import Cloud
from onecore.wire.client import is_read
from onesim.api.dispatch import Dispatcher
from onesim.errors import Fault
from onesim.founding.bootstrap import bootstrap, empty_cloud

PASSWORD = "opennebula"
POOLS = {
    "one.acl.info": (),
    "one.grouppool.info": (),
    "one.userpool.info": (),
    "one.vnpool.info": (-2, -1, -1),
    "one.imagepool.info": (-2, -1, -1),
    "one.templatepool.info": (-2, -1, -1),
    "one.vmpool.infoextended": (-2, -1, -1, -1),
}
#: What differs between two clouds with the same content: numbers, times, secrets and addresses drawn at random.
MASKED = {"USER", "STRING", "PASSWORD", "TOKEN_PASSWORD", "SALT_PASSWORD_DIGEST", "LOGIN_TOKEN", "SOURCE", "ALLOCATED"}
MASKED |= {"TARGET", "STIME", "REGTIME", "MODTIME", "TIMESTAMP", "LAST_POLL", "DEPLOY_ID", "HISTORY_RECORDS"}
MASKED |= {"MONITORING", "DATE"}


class Simulated:
    """A fresh cloud, whose transitions happen whenever a client sleeps."""

    def __init__(self):
        self.cloud = bootstrap(empty_cloud(), PASSWORD)
        self.dispatcher = Dispatcher(self.cloud)

    def client(self, username="oneadmin"):
        return Client(self, username)

    def connect(self, client=None):
        """A run's view of the cloud."""
        return Cloud(client or self.client(), sleep=lambda seconds: self.settle())

    def settle(self):
        """Let everything happen that is under way."""
        self.cloud.clock.settle()

    def content(self):
        """What the pools hold, without what differs between two clouds of the same content: a text for each object."""
        self.settle()
        pools = [self.client().call(method, *params) for method, params in POOLS.items()]
        return sorted(_plain(each) for body in pools for each in etree.fromstring(body))


def _plain(element):
    """An element as text, its numbers masked."""
    if len(element):
        inner = sorted(_plain(child) for child in element if child.tag not in MASKED)
        return f"{element.tag}({', '.join(inner)})"
    masked = element.tag.endswith("ID") and not element.tag.startswith("VLAN")
    return f"{element.tag}={'?' if masked else element.text or ''}"


class Client:
    """What `onecore.wire.client.Client` is to a server."""

    def __init__(self, simulated, username="oneadmin"):
        self.username = username
        self.log = []
        self._dispatcher = simulated.dispatcher

    @property
    def calls(self):
        return Counter(self.log)

    @property
    def writes(self):
        return [method for method in self.log if not is_read(method)]

    def call(self, method, *params):
        self.log.append(method)
        try:
            ok, body, code, *_ = self._dispatcher.answer(method, [f"{self.username}:{PASSWORD}", *params])
        except Fault as fault:
            raise ApiError(str(fault), method=method) from None
        if not ok:
            raise BY_CODE.get(code, OneError)(body.removeprefix(f"[{method}]").strip(), code=code, method=method)
        return body


class PowerCut(BaseException):
    """The minion dies; nobody catches this."""


class Dying(Client):
    """A client that is interrupted at its n-th call, before or after the server has carried it out."""

    def __init__(self, simulated, number, after, failure):
        super().__init__(simulated)
        self.number, self.after, self.failure = number, after, failure

    def call(self, method, *params):
        due = len(self.log) + 1 == self.number
        if due and not self.after:
            self.log.append(method)
            raise self.failure
        answer = super().call(method, *params)
        if due:
            raise self.failure
        return answer
