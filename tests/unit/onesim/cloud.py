"""A cloud of onesim without a server, for unit tests with direct calls."""

import pytest
from lxml import etree

from onesim.api.dispatch import Dispatcher
from onesim.founding.bootstrap import bootstrap, empty_cloud

PASSWORD = "secret"


class Refused(AssertionError):
    """A call that was refused: its error code and text."""

    def __init__(self, answer):
        super().__init__(answer[1])
        self.code = answer[2]
        self.text = answer[1]


class Cloud:
    """A new cloud. Transitions happen only with `settle`."""

    def __init__(self, cloud=None):
        self.cloud = cloud or bootstrap(empty_cloud(), PASSWORD)
        self.dispatcher = Dispatcher(self.cloud)

    def answer(self, method, *params, user="oneadmin"):
        """The whole answer."""
        return self.dispatcher.answer(method, [f"{user}:{PASSWORD}", *params])

    def call(self, method, *params, user="oneadmin"):
        """The value; raises Refused."""
        answer = self.answer(method, *params, user=user)
        if not answer[0]:
            raise Refused(answer)
        return answer[1]

    def xml(self, method, *params, user="oneadmin"):
        """The value, parsed."""
        return etree.fromstring(self.call(method, *params, user=user))

    def texts(self, path, method, *params, user="oneadmin"):
        """The texts at a path of an answer."""
        return [element.text for element in self.xml(method, *params, user=user).iterfind(path)]

    def settle(self):
        self.cloud.clock.settle()

    def user(self, name, *groups):
        return self.call("one.user.allocate", name, PASSWORD, "core", list(groups))

    def network(self, text="", user="oneadmin"):
        """A network that is READY; its number."""
        count = len(self.cloud.pool("NET"))
        text = text if "NAME=" in text else f"NAME=net{count}\n{text}"
        text = text if "VN_MAD=" in text else f"VN_MAD=dummy BRIDGE=br0 {text}"
        oid = self.call("one.vn.allocate", text, -1, user=user)
        self.settle()
        return oid


def refused(sim, method, *params, user="oneadmin"):
    """The refusal of a call."""
    with pytest.raises(Refused) as caught:
        sim.call(method, *params, user=user)
    return caught.value


def refusal(sim, method, *params, user="oneadmin"):
    """The text of a refusal, without the method's name."""
    return refused(sim, method, *params, user=user).text.removeprefix(f"[{method}] ")
